extension EventKind {
    /// The kind whose name is `text`, byte for byte; nil for an unknown one and for `tick`.
    ///
    /// The last eight bytes and the length pick one candidate, which is then compared in full.
    init?(name text: UnsafeRawBufferPointer) {
        guard let start = text.baseAddress, text.count >= 8, text.count <= 18 else { return nil }
        let candidate: EventKind
        switch UInt64(littleEndian: (start + (text.count &- 8)).loadUnaligned(as: UInt64.self)) {
        case 0x6567_6170_2e6b_6369: candidate = .clickPage
        case 0x7463_7564_6f72_702e: candidate = .clickProduct
        case 0x6863_7261_6573_2e6b: candidate = .clickSearch
        case 0x6461_2e6b_6369_6c63: candidate = .clickAd
        case 0x6464_612e_7472_6163: candidate = .cartAdd
        case 0x6576_6f6d_6572_2e74: candidate = .cartRemove
        case 0x7465_732e_7472_6163: candidate = .cartSet
        case 0x7261_656c_632e_7472: candidate = .cartClear
        case 0x7475_6f6b_6365_6863: candidate = .cartCheckout
        case 0x6465_6361_6c70_2e72: candidate = .orderPlaced
        case 0x6465_646e_7566_6572: candidate = .orderRefunded
        case 0x6465_6c6c_6563_6e61: candidate = .orderCancelled
        case 0x6465_7265_7669_6c65: candidate = .emailDelivered
        case 0x6465_6e65_706f_2e6c: candidate = .emailOpened
        case 0x6465_6b63_696c_632e: candidate = .emailClicked
        case 0x6465_636e_756f_622e: candidate = .emailBounced
        case 0x6465_6269_7263_7362: candidate = text.count == 18 ? .emailUnsubscribed : .emailSubscribed
        case 0x6465_6e69_616c_706d: candidate = .emailComplained
        case 0x6465_746e_6172_672e: candidate = .consentGranted
        case 0x6e77_6172_6468_7469: candidate = .consentWithdrawn
        case 0x6465_7361_7265_2e72: candidate = .customerErased
        default: return nil
        }
        guard candidate.isNamed(start, count: text.count) else { return nil }
        self = candidate
    }

    @inline(__always)
    private func isNamed(_ start: UnsafeRawPointer, count: Int) -> Bool {
        let name = UnsafeRawPointer(self.name.utf8Start)
        guard self.name.utf8CodeUnitCount == count else { return false }
        func differs(at offset: Int) -> Bool {
            (start + offset).loadUnaligned(as: UInt64.self) != (name + offset).loadUnaligned(as: UInt64.self)
        }
        if differs(at: 0) || differs(at: count &- 8) { return false }
        return count <= 16 || !differs(at: 8)
    }
}

import Model
import Primitives

/// The basket, and the order that takes it over.
extension ShopWorkload {
    /// Puts the product on the screen into the basket; a full basket stays as it is.
    mutating func addToBasket(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        let product = customers[index].product
        let quantity = random.chance(0.82) ? 1 : 2 + random.index(below: 2)
        let first = index * ShopCustomer.lineCountMax
        let count = Int(customers[index].lineCount)
        if let line = (first..<first + count).first(where: { lines[$0].product == product }) {
            lines[line].quantity += UInt16(quantity)
        } else if count < ShopCustomer.lineCountMax {
            lines[first + count] = ShopCustomer.Line(product: product, quantity: UInt16(quantity))
            customers[index].lineCount += 1
        } else {
            return nil
        }
        let event = begin(.cartAdd, index, into: &writer)
        writer.putItem(of: Int(product), quantity: quantity, cents: catalogue.cents(of: Int(product)))
        writer.append(",\"currency\":\"TRY\"")
        return end(event, into: &writer)
    }

    /// Takes one line out, or one piece of a line.
    mutating func removeFromBasket(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent {
        let first = index * ShopCustomer.lineCountMax
        let count = Int(customers[index].lineCount)
        let line = first + random.index(below: count)
        let event = begin(.cartRemove, index, into: &writer)
        writer.append(",\"sku\":\"")
        Catalogue.putSKU(of: Int(lines[line].product), into: &writer)
        writer.append("\"")
        if lines[line].quantity > 1, random.chance(0.5) {
            writer.append(",\"qty\":1")
            lines[line].quantity -= 1
        } else {
            for index in line..<first + count - 1 { lines[index] = lines[index + 1] }
            customers[index].lineCount -= 1
        }
        return end(event, into: &writer)
    }

    /// Another device sends the whole basket.
    mutating func setBasket(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent {
        let event = begin(.cartSet, index, into: &writer)
        _ = putItems(of: index, into: &writer)
        writer.append(",\"currency\":\"TRY\"")
        return end(event, into: &writer)
    }

    /// Orders the basket and ends the session.
    mutating func placeOrder(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent {
        orderNumber += 1
        let event = begin(.orderPlaced, index, into: &writer)
        writer.put(",\"order\":\"o-", Int(orderNumber))
        writer.append("\"")
        let cents = putItems(of: index, into: &writer)
        writer.put(",\"value\":", cents: cents)
        writer.append(",\"currency\":\"TRY\"")
        customers[index].order = orderNumber
        customers[index].orderCents = cents
        customers[index].lineCount = 0
        customers[index].isReminded = false
        customers[index].stage = .outside
        planAftermath(ofOrder: orderNumber, of: index)
        planNextOrder(of: index)
        return end(event, into: &writer)
    }

    /// Writes `,"items":[…]`.
    /// - Returns: the value of the basket in hundredths.
    private func putItems(of index: Int, into writer: inout ByteWriter) -> Int {
        let first = index * ShopCustomer.lineCountMax
        var total = 0
        writer.append(",\"items\":[")
        for line in first..<first + Int(customers[index].lineCount) {
            let product = Int(lines[line].product)
            let quantity = Int(lines[line].quantity)
            writer.putItem(
                of: product, quantity: quantity, cents: catalogue.cents(of: product),
                separator: line == first ? "{" : ",{")
            writer.append("}")
            total += quantity * catalogue.cents(of: product)
        }
        writer.append("]")
        return total
    }
}

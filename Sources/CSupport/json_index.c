#include "CSupport.h"
#include <string.h>

typedef uint8_t u8x64 __attribute__((ext_vector_type(64)));
typedef _Bool bool64 __attribute__((ext_vector_type(64)));

#define MASK64(condition)                                                                        \
    ({                                                                                           \
        bool64 bits = __builtin_convertvector((condition), bool64);                              \
        uint64_t mask;                                                                           \
        memcpy(&mask, &bits, sizeof mask);                                                       \
        mask;                                                                                    \
    })

/* One version for each width of vectors; the loader picks, which is before the thread sanitizer works. */
#if defined(__x86_64__) && defined(__ELF__) && !__has_feature(thread_sanitizer)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
uint32_t tetik_json_index(const uint8_t *text, size_t count, uint64_t *quotes) {
    uint64_t others = 0, beyond = 0;
    for (size_t start = 0; start < count; start += 64) {
        u8x64 block;
        memcpy(&block, text + start, sizeof block);
        uint64_t within = count - start >= 64 ? ~0ull : (1ull << (count - start)) - 1;
        *quotes++ = MASK64(block == (uint8_t)'"') & within;
        others |= MASK64((block == (uint8_t)'\\') | (block < (uint8_t)0x20)) & within;
        beyond |= MASK64(block >= (uint8_t)0x80) & within;
    }
    return (others != 0) | (beyond != 0) << 1;
}

#ifndef TETIK_BYTESCAN_H
#define TETIK_BYTESCAN_H
#include <stdint.h>
#include <string.h>

typedef uint8_t tetik_u8x16 __attribute__((ext_vector_type(16)));
typedef _Bool tetik_bool16 __attribute__((ext_vector_type(16)));

/* Which of 16 bytes end or interrupt a JSON string: bit i is set if byte i is a quote, a backslash or a
   control character. Swift has no way to make a bit mask of a vector comparison; this is one pmovmskb on
   x86-64 and a short reduction on AArch64. */
static inline uint32_t tetik_json_stops16(const void *bytes) {
    tetik_u8x16 block;
    memcpy(&block, bytes, sizeof block);
    tetik_bool16 stops = __builtin_convertvector(
        (block == (uint8_t)'"') | (block == (uint8_t)'\\') | (block < (uint8_t)0x20), tetik_bool16);
    uint16_t mask;
    memcpy(&mask, &stops, sizeof mask);
    return mask;
}

typedef uint32_t tetik_u32x8 __attribute__((ext_vector_type(8)));
typedef _Bool tetik_bool8 __attribute__((ext_vector_type(8)));

/* Which of 8 words are equal to `wanted`: bit i is set for word i. */
static inline uint32_t tetik_equal8(const void *words, uint32_t wanted) {
    tetik_u32x8 block;
    memcpy(&block, words, sizeof block);
    tetik_bool8 equal = __builtin_convertvector(block == wanted, tetik_bool8);
    uint8_t mask;
    memcpy(&mask, &equal, sizeof mask);
    return mask;
}
#endif

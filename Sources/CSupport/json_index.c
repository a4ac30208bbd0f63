#include "CSupport.h"
#include <stdbool.h>
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

/* Writes where the next 8 bits are, or nonsense where there are fewer: branches would be guessed wrong. */
static inline __attribute__((always_inline)) uint64_t write8(uint64_t bits, size_t start, uint16_t *places) {
    for (int index = 0; index < 8; index++) {
        uint64_t place = bits ? (uint64_t)__builtin_ctzll(bits) : 64;
        /* Eight scalar steps are faster than what the compiler makes of them with vectors. */
        __asm__("" : "+r"(place));
        places[index] = (uint16_t)(start + place);
        bits &= bits - 1;
    }
    return bits;
}

static inline __attribute__((always_inline)) uint16_t *write_places(
    uint64_t bits, size_t start, uint16_t *places) {
    int count = __builtin_popcountll(bits);
    bits = write8(bits, start, places);
    if (count > 8) bits = write8(bits, start, places + 8);
    for (int done = 16; done < count; done += 8) bits = write8(bits, start, places + done);
    return places + count;
}

/* A version for processors that pack selected bytes in one step: the loader picks, which is before the thread sanitizer
   works. */
#if defined(__x86_64__) && defined(__ELF__) && !__has_feature(thread_sanitizer)
#define HAS_WIDE 1
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,lzcnt,popcnt")))
#include <immintrin.h>
#endif

/* With `ends_at_feed`, the text ends before its first line feed. */
static inline __attribute__((always_inline)) uint32_t index_text(
    const uint8_t *text, size_t *count, uint16_t *quotes, bool ends_at_feed) {
    uint64_t others = 0, beyond = 0, feeds = 0;
    for (size_t start = 0; start < *count; start += 64) {
        u8x64 block;
        memcpy(&block, text + start, sizeof block);
        uint64_t within = *count - start >= 64 ? ~0ull : (1ull << (*count - start)) - 1;
        if (ends_at_feed) {
            feeds = MASK64(block == (uint8_t)'\n') & within;
            within &= (feeds & -feeds) - 1;
        }
        uint64_t found = MASK64(block == (uint8_t)'"') & within;
        quotes = write_places(found, start, quotes);
        others |= MASK64((block == (uint8_t)'\\') | (block < (uint8_t)0x20)) & within;
        beyond |= MASK64(block >= (uint8_t)0x80) & within;
        if (feeds) {
            *count = start + (size_t)__builtin_ctzll(feeds);
            break;
        }
    }
    for (int index = 0; index < TETIK_JSON_ENDS; index++) quotes[index] = (uint16_t)*count;
    return (others != 0) | (beyond != 0) << 1 | (feeds != 0) << 2;
}

uint32_t tetik_json_index_narrow(const uint8_t *text, size_t count, uint16_t *quotes) {
    return index_text(text, &count, quotes, false);
}

uint32_t tetik_json_line_narrow(const uint8_t *text, size_t *count, uint16_t *quotes) {
    return index_text(text, count, quotes, true);
}

#ifdef HAS_WIDE
static const uint8_t numbers64[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* What `index_text` does. */
WIDE static inline __attribute__((always_inline)) uint32_t index_text_wide(
    const uint8_t *text, size_t *count, uint16_t *quotes, bool ends_at_feed) {
    const __m512i numbers = _mm512_loadu_si512(numbers64);
    const __m512i quote = _mm512_set1_epi8('"'), backslash = _mm512_set1_epi8('\\');
    const __m512i feed = _mm512_set1_epi8('\n'), space = _mm512_set1_epi8(0x20);
    uint64_t others = 0, beyond = 0, feeds = 0;
    size_t length = *count;
    for (size_t start = 0; start < length; start += 64) {
        __m512i block = _mm512_loadu_si512(text + start);
        uint64_t within = _bzhi_u64(~0ull, length - start < 64 ? (uint32_t)(length - start) : 64);
        if (ends_at_feed) {
            feeds = _mm512_cmpeq_epi8_mask(block, feed) & within;
            within &= (feeds & -feeds) - 1;
        }
        uint64_t found = _mm512_cmpeq_epi8_mask(block, quote) & within;
        __m512i packed = _mm512_maskz_compress_epi8(found, numbers);
        __m512i first = _mm512_set1_epi16((short)start);
        __m512i low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(packed));
        _mm512_storeu_si512(quotes, _mm512_add_epi16(low, first));
        int found_count = __builtin_popcountll(found);
        if (found_count > 32) {
            __m512i high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(packed, 1));
            _mm512_storeu_si512(quotes + 32, _mm512_add_epi16(high, first));
        }
        quotes += found_count;
        others |= _mm512_cmpeq_epi8_mask(block, backslash) & within;
        /* As signed numbers, control characters and what is beyond ASCII are less than a space. */
        uint64_t low_or_beyond = _mm512_cmplt_epi8_mask(block, space) & within;
        if (low_or_beyond) {
            uint64_t beyond_here = _mm512_movepi8_mask(block) & within;
            beyond |= beyond_here;
            others |= low_or_beyond ^ beyond_here;
        }
        if (feeds) {
            length = start + (size_t)__builtin_ctzll(feeds);
            *count = length;
            break;
        }
    }
    _Static_assert(TETIK_JSON_ENDS == 4, "the ends are written as one word");
    uint64_t end = (uint16_t)length * 0x0001000100010001ull;
    memcpy(quotes, &end, sizeof end);
    return (others != 0) | (beyond != 0) << 1 | (feeds != 0) << 2;
}

WIDE static uint32_t index_wide(const uint8_t *text, size_t count, uint16_t *quotes) {
    return index_text_wide(text, &count, quotes, false);
}

WIDE static uint32_t line_wide(const uint8_t *text, size_t *count, uint16_t *quotes) {
    return index_text_wide(text, count, quotes, true);
}

/* They run before the address sanitizer works. */
#define EARLY __attribute__((disable_sanitizer_instrumentation))

EARLY static bool is_wide(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
}

EARLY static uint32_t (*pick_index(void))(const uint8_t *, size_t, uint16_t *) {
    return is_wide() ? index_wide : tetik_json_index_narrow;
}

EARLY static uint32_t (*pick_line(void))(const uint8_t *, size_t *, uint16_t *) {
    return is_wide() ? line_wide : tetik_json_line_narrow;
}

uint32_t tetik_json_index(const uint8_t *text, size_t count, uint16_t *quotes)
    __attribute__((ifunc("pick_index")));
uint32_t tetik_json_line(const uint8_t *text, size_t *count, uint16_t *quotes)
    __attribute__((ifunc("pick_line")));
#else
uint32_t tetik_json_index(const uint8_t *text, size_t count, uint16_t *quotes) {
    return tetik_json_index_narrow(text, count, quotes);
}

uint32_t tetik_json_line(const uint8_t *text, size_t *count, uint16_t *quotes) {
    return tetik_json_line_narrow(text, count, quotes);
}
#endif

#define OPENSSL_SUPPRESS_DEPRECATED
#include "CSupport.h"
#include <openssl/sha.h>
#include <string.h>

/* Source of the initial state and the padding: FIPS 180-4, sections 5.3.3 and 5.1.1. Init, Update and Final would
   spend a third of the time of a short message on copying it to and fro. */
void tetik_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]) {
    SHA256_CTX context = {{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
                           0x5be0cd19}};
    uint64_t bits = __builtin_bswap64((uint64_t)count * 8);
    uint8_t tail[2 * SHA256_CBLOCK] = {0};
    size_t left = count, tail_count;
    for (; left >= SHA256_CBLOCK; left -= SHA256_CBLOCK, bytes += SHA256_CBLOCK) SHA256_Transform(&context, bytes);
    if (left > 0) memcpy(tail, bytes, left);
    tail[left] = 0x80;
    tail_count = left < SHA256_CBLOCK - sizeof bits ? SHA256_CBLOCK : 2 * SHA256_CBLOCK;
    memcpy(tail + tail_count - sizeof bits, &bits, sizeof bits);
    SHA256_Transform(&context, tail);
    if (tail_count > SHA256_CBLOCK) SHA256_Transform(&context, tail + SHA256_CBLOCK);
    for (int word = 0; word < 8; word++) {
        uint32_t value = __builtin_bswap32(context.h[word]);
        memcpy(digest + 4 * word, &value, sizeof value);
    }
}

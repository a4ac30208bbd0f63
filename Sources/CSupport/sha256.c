#define OPENSSL_SUPPRESS_DEPRECATED
#include "CSupport.h"
#include <openssl/sha.h>

void tetik_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, count);
    SHA256_Final(digest, &context);
}

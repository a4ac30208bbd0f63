#ifndef TETIK_CSUPPORT_H
#define TETIK_CSUPPORT_H
#include <stddef.h>
#include <stdint.h>
#include "ByteScan.h"

/* Asks the processor to bring one cache line near. Never faults, whatever the address. */
static inline void tetik_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/* Tells the processor that the thread is waiting in a loop. */
static inline void tetik_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* How often an index of quotes repeats the text's length after the last quote. */
enum { TETIK_JSON_ENDS = 4 };
/* What an index of quotes needs beyond one place for each byte: places are written up to 32 at a time. */
enum { TETIK_JSON_SLACK = 64 };

/* Writes where the quotes of a text of less than 64 KiB are, and then TETIK_JSON_ENDS times its length. Returns bit 0
   if there is a backslash or a control character, bit 1 if there is a byte beyond ASCII. Reads whole blocks of 64
   bytes; what lies past the text does not count. */
uint32_t tetik_json_index(const uint8_t *text, size_t count, uint16_t *quotes);

/* The same for the first line of a text; `count` becomes the bytes before its line feed. Returns also bit 2 if there is
   a line feed; without one the whole text is the line. */
uint32_t tetik_json_line(const uint8_t *text, size_t *count, uint16_t *quotes);

/* Both as any processor can do them; what the loader picks gives the same. */
uint32_t tetik_json_index_narrow(const uint8_t *text, size_t count, uint16_t *quotes);
uint32_t tetik_json_line_narrow(const uint8_t *text, size_t *count, uint16_t *quotes);

/* SHA-256 of one short message by OpenSSL's own block function (SHA-NI where the processor has it).
   The low-level calls are used because the EVP interface of OpenSSL 3 allocates for every digest. */
void tetik_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]);

/* XXH3-64 of a message, by the xxHash library's own code (Debian's libxxhash-dev, headers only). */
uint64_t tetik_xxh3(const void *bytes, size_t count, uint64_t seed);

/* Names the calling thread; Linux keeps the first 15 bytes. */
void tetik_name_thread(const char *name);
#endif

#ifndef TETIK_CCOMPRESSION_SHIM_H
#define TETIK_CCOMPRESSION_SHIM_H
#include <zlib.h>
#include <zstd.h>

/* zlib's inflateInit2 is a macro, which Swift cannot call. 47: zlib or gzip header, largest window. */
static inline int tetik_inflate_init(z_stream *stream) { return inflateInit2(stream, 47); }
#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/pack.h"

#include <archive.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/file.h"
#include "base/memory.h"

enum { LEVEL = 3, HOLE = 1 << 30 };

struct pack {
	int fd;
	int failed; /* the first -errno of a write, which libarchive does not hand on */
	int64_t length;
	int64_t raw;
	int64_t frame_began; /* at this many raw bytes */
	struct archive *tar;
	ZSTD_CCtx *zstd;
	struct digesting digesting;
	const char *hole; /* zeroes that take no memory */
	size_t room;
	char *out;
};

/* Sends what the compressor gives; 0 once there is no more of it. */
static int
compress_some(struct pack *pack, ZSTD_inBuffer *in, ZSTD_EndDirective end, size_t *ret_left)
{
	ZSTD_outBuffer out = {pack->out, pack->room, 0};
	*ret_left = ZSTD_compressStream2(pack->zstd, &out, in, end);
	if (ZSTD_isError(*ret_left))
		return -EIO;
	digesting_add(&pack->digesting, out.dst, out.pos);
	pack->length += (int64_t)out.pos;
	return file_write_all(pack->fd, out.dst, out.pos);
}

static la_ssize_t
take_bytes(struct archive *tar, void *context, const void *bytes, size_t length)
{
	struct pack *pack = context;
	ZSTD_inBuffer in = {bytes, length, 0};
	size_t left;
	while (in.pos < in.size && !pack->failed)
		pack->failed = compress_some(pack, &in, ZSTD_e_continue, &left);
	if (pack->failed) {
		archive_set_error(tar, -pack->failed, "cannot write");
		return -1;
	}
	pack->raw += (int64_t)length;
	return (la_ssize_t)length;
}

/* The digest is of the whole file, so what is kept is read once more. */
static int
digest_kept(struct pack *pack, int64_t kept)
{
	for (int64_t at = 0; at < kept;) {
		size_t wanted =
		    (size_t)(kept - at) < pack->room ? (size_t)(kept - at) : pack->room;
		ssize_t got = pread(pack->fd, pack->out, wanted, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		digesting_add(&pack->digesting, pack->out, (size_t)got);
		at += got;
	}
	return 0;
}

static int
open_tar(struct pack *pack)
{
	pack->tar = archive_write_new();
	pack->zstd = ZSTD_createCCtx();
	if (!pack->tar || !pack->zstd)
		return -ENOMEM;
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_checksumFlag, 1);
	bool good = archive_write_set_format_pax_restricted(pack->tar) == ARCHIVE_OK &&
		    archive_write_set_bytes_per_block(pack->tar, 0) == ARCHIVE_OK &&
		    /* Names are bytes; no locale has a say in them. */
		    archive_write_set_options(pack->tar, "hdrcharset=BINARY") == ARCHIVE_OK &&
		    archive_write_open(pack->tar, pack, NULL, take_bytes, NULL) == ARCHIVE_OK;
	return good ? 0 : -EIO;
}

int
pack_open(int fd, int64_t kept, int64_t raw, struct pack **ret_pack)
{
	struct pack *pack = memory_new(1, sizeof(*pack));
	pack->fd = fd;
	pack->length = kept;
	pack->raw = pack->frame_began = raw;
	pack->room = ZSTD_CStreamOutSize();
	pack->out = memory_new(1, pack->room);
	pack->hole =
	    mmap(NULL, HOLE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	digesting_init(&pack->digesting);
	int status = pack->hole == MAP_FAILED ? -errno : digest_kept(pack, kept);
	if (!status && (ftruncate(fd, kept) || lseek(fd, kept, SEEK_SET) < 0))
		status = -errno;
	status = status ? status : open_tar(pack);
	if (status)
		pack_free(pack);
	else
		*ret_pack = pack;
	return status;
}

void
pack_free(struct pack *pack)
{
	if (!pack)
		return;
	/* An end would be written when it is freed: what is not ended must not look so. */
	pack->failed = pack->failed ? pack->failed : -ECANCELED;
	if (pack->tar) {
		archive_write_fail(pack->tar);
		archive_write_free(pack->tar);
	}
	ZSTD_freeCCtx(pack->zstd);
	if (pack->hole != MAP_FAILED)
		munmap((void *)(uintptr_t)pack->hole, HOLE);
	free(pack->out);
	free(pack);
}

static int
status_of(const struct pack *pack, int result)
{
	if (pack->failed)
		return pack->failed;
	return result == ARCHIVE_FATAL ? -EIO : result < ARCHIVE_WARN ? -EINVAL : 0;
}

int
pack_entry(struct pack *pack, struct archive_entry *entry)
{
	return status_of(pack, archive_write_header(pack->tar, entry));
}

int
pack_bytes(struct pack *pack, const void *bytes, size_t length)
{
	const char *at = bytes;
	while (length) {
		la_ssize_t took = archive_write_data(pack->tar, at, length);
		if (took < 0)
			return status_of(pack, ARCHIVE_FATAL);
		if (took == 0)
			return 0;
		at += took;
		length -= (size_t)took;
	}
	return 0;
}

int
pack_skip(struct pack *pack, int64_t length)
{
	int status = 0;
	for (; length > 0 && !status; length -= HOLE)
		status = pack_bytes(pack, pack->hole, length < HOLE ? (size_t)length : HOLE);
	return status;
}

int
pack_entry_end(struct pack *pack)
{
	return status_of(pack, archive_write_finish_entry(pack->tar));
}

int64_t
pack_raw(const struct pack *pack)
{
	return pack->raw;
}

int64_t
pack_raw_in_frame(const struct pack *pack)
{
	return pack->raw - pack->frame_began;
}

static int
end_frame(struct pack *pack)
{
	ZSTD_inBuffer none = {NULL, 0, 0};
	size_t left = 1;
	while (left && !pack->failed)
		pack->failed = compress_some(pack, &none, ZSTD_e_end, &left);
	pack->frame_began = pack->raw;
	return pack->failed;
}

int
pack_frame(struct pack *pack, int64_t *ret_kept)
{
	int status = pack_raw_in_frame(pack) ? end_frame(pack) : 0;
	if (!status && fdatasync(pack->fd))
		status = -errno;
	if (!status)
		*ret_kept = pack->length;
	return status;
}

int
pack_end(struct pack *pack, int64_t *ret_length, struct digest *ret_digest)
{
	int status = status_of(pack, archive_write_close(pack->tar));
	status = status ? status : pack_frame(pack, ret_length);
	if (!status)
		*ret_digest = digesting_end(&pack->digesting);
	return status;
}

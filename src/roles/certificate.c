/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate that signs itself tells nobody who we are, but it lets visitors and
 * mail come encrypted from the first minute on, and no daemon stands still for want
 * of a file. It is not written durably: a power cut may leave half of it, which is
 * found by reading it, and it is made anew.
 */
#include "roles/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum {
	LARGEST_FILE = 1024 * 1024,
	LONGEST_COMMON_NAME = 64, /* RFC 5280, ub-common-name */
};

static const int64_t day = INT64_C(24) * 60 * 60 * 1000;
static const int64_t lives = 3650, renewed_before = 30; /* days */
static const char place[] = CERTIFICATE_FOLDER;

struct pair {
	struct str certificate; /* PEM: its own first, then those between it and a root */
	struct str key;
};

#define auto_pair __attribute__((cleanup(pair_done))) struct pair

static void
pair_done(struct pair *pair)
{
	str_done(&pair->certificate);
	str_done(&pair->key);
}

/* ---- files ---- */

static void
file_name(const char *folder, const char *name, const char *ending, struct str *out)
{
	str_clear(out);
	str_addf(out, "%s%s%s", folder, name, ending);
}

static int
pair_read(int folder, const char *within, const char *name, struct pair *pair)
{
	auto_str path = {0};
	file_name(within, name, ".pem", &path);
	int status = file_read(folder, str_text(&path), LARGEST_FILE, &pair->certificate);
	if (status)
		return status;
	file_name(within, name, ".key", &path);
	return file_read(folder, str_text(&path), LARGEST_FILE, &pair->key);
}

static int
put_file(int folder, const char *path, mode_t mode, gid_t group, const struct str *bytes)
{
	auto_str temporary = {0};
	str_addf(&temporary, "%s.new", path);
	unlinkat(folder, str_text(&temporary), 0);
	auto_fd int fd = openat(folder, str_text(&temporary),
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	int status = file_write_all(fd, bytes->data, bytes->length);
	if (!status && ((!geteuid() && fchown(fd, 0, group)) || fchmod(fd, mode)))
		status = -errno;
	if (!status && renameat(folder, str_text(&temporary), folder, path))
		status = -errno;
	if (status)
		unlinkat(folder, str_text(&temporary), 0);
	return status;
}

/* Daemons that read keys as somebody else than root are members of Debian's group for it. */
static int
pair_write(int folder, const char *name, const struct pair *pair)
{
	auto_str path = {0};
	/* Tests run as nobody in particular. */
	const struct group *group = geteuid() ? NULL : getgrnam("ssl-cert");
	file_name("", name, ".key", &path);
	int status = put_file(folder, str_text(&path), group ? 0640 : 0600,
	    group ? group->gr_gid : 0, &pair->key);
	file_name("", name, ".pem", &path);
	return status ? status : put_file(folder, str_text(&path), 0644, 0, &pair->certificate);
}

/* ---- what a pair is worth ---- */

static gnutls_datum_t
datum_of(const struct str *str)
{
	gnutls_datum_t datum = {(unsigned char *)str->data, (unsigned)str->length};
	return datum;
}

/* Whether both can be read and belong together; NULL, or why not. */
static const char *
pair_wrong(const struct pair *pair)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t certificate = datum_of(&pair->certificate), key = datum_of(&pair->key);
	if (!certificate.size || !key.size)
		return "it is empty";
	int status = gnutls_certificate_allocate_credentials(&credentials);
	if (status)
		return gnutls_strerror(status);
	status = gnutls_certificate_set_x509_key_mem(
	    credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(credentials);
	return status < 0 ? gnutls_strerror(status) : NULL;
}

/* When it ends, wall ms; 0: it cannot be read. */
static int64_t
pair_end(const struct pair *pair)
{
	gnutls_x509_crt_t certificate;
	gnutls_datum_t bytes = datum_of(&pair->certificate);
	if (gnutls_x509_crt_init(&certificate))
		return 0;
	int64_t end = 0;
	if (!gnutls_x509_crt_import(certificate, &bytes, GNUTLS_X509_FMT_PEM))
		end = (int64_t)gnutls_x509_crt_get_expiration_time(certificate) * 1000;
	gnutls_x509_crt_deinit(certificate);
	return end;
}

/* ---- signing itself ---- */

static int
describe(gnutls_x509_crt_t certificate, const char *name, int64_t now)
{
	auto_str www = {0};
	unsigned char serial[16];
	str_addf(&www, "www.%s", name);
	int status = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
	serial[0] &= 0x7f; /* it is a positive number */
	if (!status)
		status = gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial));
	if (!status && strlen(name) <= LONGEST_COMMON_NAME)
		status = gnutls_x509_crt_set_dn_by_oid(
		    certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name));
	if (!status)
		status = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME,
		    name, (unsigned)strlen(name), GNUTLS_FSAN_SET);
	if (!status)
		status = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME,
		    www.data, (unsigned)www.length, GNUTLS_FSAN_APPEND);
	/* Clocks that go an hour wrong see it begun. */
	gnutls_x509_crt_set_version(certificate, 3);
	gnutls_x509_crt_set_activation_time(certificate, now / 1000 - 3600);
	gnutls_x509_crt_set_expiration_time(certificate, (now + lives * day) / 1000);
	gnutls_x509_crt_set_basic_constraints(certificate, 0, -1);
	gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
	gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
	return status;
}

static void
take_datum(gnutls_datum_t *datum, struct str *out)
{
	str_clear(out);
	str_add_bytes(out, datum->data, datum->size);
	gnutls_free(datum->data);
}

static int
sign(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, struct pair *pair)
{
	gnutls_datum_t bytes;
	int status = gnutls_x509_crt_set_key(certificate, key);
	if (!status)
		status =
		    gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0);
	if (!status)
		status = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &bytes);
	if (status)
		return status;
	take_datum(&bytes, &pair->certificate);
	status = gnutls_x509_privkey_export2_pkcs8(
	    key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &bytes);
	if (!status)
		take_datum(&bytes, &pair->key);
	return status;
}

/* P-256: every client knows it, and a thousand are made in a second. */
static const char *
pair_make(const char *name, int64_t now, struct pair *pair)
{
	gnutls_x509_crt_t certificate = NULL;
	gnutls_x509_privkey_t key = NULL;
	int status = gnutls_x509_crt_init(&certificate);
	if (!status)
		status = gnutls_x509_privkey_init(&key);
	if (!status)
		status = gnutls_x509_privkey_generate(
		    key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (!status)
		status = describe(certificate, name, now);
	if (!status)
		status = sign(certificate, key, pair);
	gnutls_x509_privkey_deinit(key);
	gnutls_x509_crt_deinit(certificate);
	return status < 0 ? gnutls_strerror(status) : NULL;
}

/* ---- which one ---- */

static bool
is_same(const struct pair *one, const struct pair *other)
{
	return text_equal(str_text(&one->certificate), str_text(&other->certificate)) &&
	       text_equal(str_text(&one->key), str_text(&other->key));
}

static int
install(int folder, const char *name, const struct pair *pair, struct str *ret_wrong)
{
	auto_str path = {0};
	file_name("", name, ".pem", &path);
	bool is_there = !faccessat(folder, str_text(&path), F_OK, 0);
	int status = pair_write(folder, name, pair);
	if (status)
		str_addf(ret_wrong, "cannot write the certificate of '%s': %s\n", name,
		    strerror(-status));
	return status ? status : is_there ? CERTIFICATE_REPLACED : CERTIFICATE_MADE;
}

/* Whether somebody gave one that can be used; what cannot is told and left alone. */
static bool
find_given(int folder, const char *name, struct pair *pair, struct str *ret_wrong)
{
	int status = pair_read(folder, "given/", name, pair);
	if (status == -ENOENT && !pair->certificate.length)
		return false;
	const char *wrong = status ? strerror(-status) : pair_wrong(pair);
	if (wrong)
		str_addf(
		    ret_wrong, "cannot use the certificate given for '%s': %s\n", name, wrong);
	return !wrong;
}

/* What was given once and is no more stays until its end: better than one of our own. */
static bool
may_stay(const struct pair *pair, int64_t now)
{
	return !pair_wrong(pair) && pair_end(pair) > now + renewed_before * day;
}

static bool
name_is_safe(const char *name)
{
	return *name && *name != '.' && strlen(name) < 254 &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")];
}

int
certificate_ensure_in(int folder, const char *name, int64_t now, struct str *ret_wrong)
{
	auto_pair present = {0}, given = {0}, own = {0};
	if (!name_is_safe(name)) {
		str_add(ret_wrong, "a certificate for what is no name of a host\n");
		return -EINVAL;
	}
	bool is_there = !pair_read(folder, "", name, &present);
	if (find_given(folder, name, &given, ret_wrong))
		return is_there && is_same(&present, &given)
			   ? CERTIFICATE_KEPT
			   : install(folder, name, &given, ret_wrong);
	if (is_there && may_stay(&present, now))
		return CERTIFICATE_KEPT;
	const char *wrong = pair_make(name, now, &own);
	if (!wrong)
		return install(folder, name, &own, ret_wrong);
	str_addf(ret_wrong, "cannot make a certificate for '%s': %s\n", name, wrong);
	return -EIO;
}

int
certificate_ensure(const char *name, struct str *ret_wrong)
{
	/* What is wrong with them is said by whoever opens it. */
	(void)mkdir("/etc/hayward", 0755);
	(void)mkdir(place, 0755);
	auto_fd int folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		int status = -errno;
		str_addf(ret_wrong, "cannot open '%s': %s\n", place, strerror(errno));
		return status;
	}
	return certificate_ensure_in(folder, name, clock_wall(), ret_wrong);
}

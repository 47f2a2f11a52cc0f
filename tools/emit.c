// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: output as text or as JSON. */
#include "emit.h"

#include <inttypes.h>
#include <stdarg.h>

/*
 * Bytes that are no ASCII become characters of the same number: what comes
 * from the kernel is not promised to be UTF-8, JSON is.
 */
static void put_string(FILE *file, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	fputc('"', file);
	for (; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(file, "\\%c", *c);
		else if (*c < ' ' || *c > '~')
			fprintf(file, "\\u%04x", *c);
		else
			fputc(*c, file);
	}
	fputc('"', file);
}

/* Elements of arrays have a line each, members of objects share theirs. */
static void put_key(struct emit *e, const char *key)
{
	if (e->filled)
		fputc(',', e->file);
	if (key) {
		put_string(e->file, key);
		fputc(':', e->file);
	} else if (e->depth) {
		fputc('\n', e->file);
	}
	e->filled = true;
}

void emit_open(struct emit *e, const char *key, char bracket)
{
	if (!e->json)
		return;
	put_key(e, key);
	fputc(bracket, e->file);
	e->depth++;
	e->filled = false;
}

void emit_close(struct emit *e, char bracket)
{
	if (!e->json)
		return;
	if (bracket == ']' && e->filled)
		fputc('\n', e->file);
	fputc(bracket, e->file);
	e->depth--;
	/* What is at top level is not one of several members. */
	e->filled = e->depth;
	if (!e->depth)
		fputc('\n', e->file);
}

static void put_text(const struct emit *e, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void put_text(const struct emit *e, const char *fmt, va_list ap)
{
	if (fmt)
		vfprintf(e->file, fmt, ap);
}

void emit_uint(struct emit *e, const char *key, uint64_t value,
	       const char *fmt, ...)
{
	va_list ap;

	if (!e->json) {
		va_start(ap, fmt);
		put_text(e, fmt, ap);
		va_end(ap);
	} else if (key) {
		put_key(e, key);
		fprintf(e->file, "%" PRIu64, value);
	}
}

void emit_bool(struct emit *e, const char *key, bool value, const char *fmt,
	       ...)
{
	va_list ap;

	if (!e->json) {
		va_start(ap, fmt);
		put_text(e, fmt, ap);
		va_end(ap);
	} else if (key) {
		put_key(e, key);
		fputs(value ? "true" : "false", e->file);
	}
}

void emit_str(struct emit *e, const char *key, const char *value,
	      const char *fmt, ...)
{
	va_list ap;

	if (!e->json) {
		va_start(ap, fmt);
		put_text(e, fmt, ap);
		va_end(ap);
	} else if (key) {
		put_key(e, key);
		put_string(e->file, value);
	}
}

void emit_text(struct emit *e, const char *fmt, ...)
{
	va_list ap;

	if (e->json)
		return;
	va_start(ap, fmt);
	put_text(e, fmt, ap);
	va_end(ap);
}

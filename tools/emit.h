/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: where output goes, as text or as JSON, from the same calls. */
#ifndef NFVSADM_EMIT_H
#define NFVSADM_EMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct emit - an output
 * @file: where to
 * @json: as JSON, not as text
 * @depth: objects and arrays that are open
 * @filled: the innermost of them has a member already
 *
 * A value is emitted once, with its key for JSON and its format for text. A
 * NULL key leaves it out of JSON, a NULL format out of the text. Nothing is
 * kept: a list of a million rows takes no memory.
 */
struct emit {
	FILE *file;
	bool json;
	unsigned int depth;
	bool filled;
};

/**
 * emit_open() - begin an object or array; nothing in text
 * @e: output
 * @key: its key; NULL as an element of an array and at top level
 * @bracket: '{' or '['
 */
void emit_open(struct emit *e, const char *key, char bracket);

/**
 * emit_close() - end what was begun last; at top level the line as well
 * @e: output
 * @bracket: '}' or ']'
 */
void emit_close(struct emit *e, char bracket);

/**
 * emit_uint() - a number
 * @e: output
 * @key: for JSON or NULL
 * @value: for JSON
 * @fmt: for text or NULL; it may show the value as it likes
 */
void emit_uint(struct emit *e, const char *key, uint64_t value,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * emit_bool() - yes or no
 * @e: output
 * @key: for JSON or NULL
 * @value: for JSON
 * @fmt: for text or NULL
 */
void emit_bool(struct emit *e, const char *key, bool value, const char *fmt,
	       ...) __attribute__((format(printf, 4, 5)));

/**
 * emit_str() - a string
 * @e: output
 * @key: for JSON or NULL
 * @value: for JSON
 * @fmt: for text or NULL
 */
void emit_str(struct emit *e, const char *key, const char *value,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * emit_text() - what only text has: headings, names, ends of lines
 * @e: output
 * @fmt: the text
 */
void emit_text(struct emit *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* NFVSADM_EMIT_H */

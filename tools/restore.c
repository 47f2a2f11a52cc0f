// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: a file of commands as one list of changes. */
#include "restore.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "opts.h"

enum {
	FIRST_ROOM = 64,
	READ_ROOM = 65536,
	WORDS_MAX = 64,		/* more than all options together take */
};

static int no_memory(struct diag *diag)
{
	return diag_set(diag, EXIT_KERNEL, "Memory allocation problem");
}

static int read_all(struct restore *restore, FILE *in, size_t *len,
		    struct diag *diag)
{
	size_t room = 0, got;
	char *bigger;

	*len = 0;
	do {
		if (*len + 1 >= room) {
			room = room ? 2 * room : READ_ROOM;
			bigger = realloc(restore->text, room);
			if (!bigger)
				return no_memory(diag);
			restore->text = bigger;
		}
		got = fread(restore->text + *len, 1, room - 1 - *len, in);
		*len += got;
	} while (got);
	restore->text[*len] = '\0';
	if (ferror(in))
		return diag_set(diag, EXIT_USAGE, "cannot read standard input");
	return 0;
}

static int add(struct restore *restore, const struct nfvs_op *op,
	       const struct restore_line *line, struct diag *diag)
{
	size_t room = restore->room ? 2 * restore->room : FIRST_ROOM;
	void *ops, *lines;

	if (restore->n == restore->room) {
		ops = reallocarray(restore->ops, room, sizeof(*restore->ops));
		if (!ops)
			return no_memory(diag);
		restore->ops = ops;
		lines = reallocarray(restore->lines, room,
				     sizeof(*restore->lines));
		if (!lines)
			return no_memory(diag);
		restore->lines = lines;
		restore->room = room;
	}
	restore->ops[restore->n] = *op;
	restore->lines[restore->n++] = *line;
	return 0;
}

static bool is_change(enum command cmd)
{
	switch (cmd) {
	case CMD_ADD:
	case CMD_EDIT:
	case CMD_DEL:
	case CMD_FLUSH:
	case CMD_ADD_DEST:
	case CMD_EDIT_DEST:
	case CMD_DEL_DEST:
	case CMD_ZERO:
	case CMD_SET:
		return true;
	default:
		return false;
	}
}

/* Words of a line into a request; 1 when there is nothing on the line. */
static int parse_words_of(char *copy, char *prog, struct request *req,
			  const struct resolver *resolver, struct diag *diag)
{
	char *argv[WORDS_MAX + 2];
	int n = parse_words(copy, argv + 1, WORDS_MAX + 1);
	char **words = argv;

	if (n > WORDS_MAX)
		return diag_set(diag, EXIT_USAGE, "too many words");
	if (n && (!strcmp(argv[1], "ipvsadm") || !strcmp(argv[1], "nfvsadm"))) {
		words++;
		n--;
	}
	if (!n)
		return 1;
	words[0] = prog;
	if (request_parse(req, n + 1, words, resolver, diag))
		return -1;
	if (!is_change(req->cmd))
		return diag_set(diag, EXIT_USAGE,
				"Only commands that change something can be restored");
	return 0;
}

/*
 * The line stays whole for messages: a copy is cut into words. Any mistake
 * exits with 2, because nothing has been sent.
 */
static int parse_line(struct restore *restore, const struct restore_line *line,
		      const struct resolver *resolver, struct diag *diag)
{
	struct request req;
	struct diag what;
	int ret;

	strcpy(restore->copy, line->text);
	ret = parse_words_of(restore->copy, restore->prog, &req, resolver, &what);
	if (ret < 0)
		diag_set(diag, EXIT_USAGE, "%.*s\nline %zu: %s",
			 DIAG_TEXT_MAX / 2, what.text, line->number,
			 line->text);
	else if (!ret)
		ret = add(restore, &req.op, line, diag);
	return ret < 0 ? -1 : 0;
}

/* Cut blanks (and CR) off both ends. */
static char *trim(char *text, char *end)
{
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

int restore_read(struct restore *restore, FILE *in, bool replace,
		 const char *prog,
		 const struct resolver *resolver, struct diag *diag)
{
	static const struct nfvs_op flush = { .cmd = NFVS_CMD_FLUSH };
	struct restore_line line = { .text = "-C" };
	char *text, *end, *newline;
	size_t len;

	if (read_all(restore, in, &len, diag))
		return -1;
	restore->copy = malloc(len + 1);
	if (!restore->copy)
		return no_memory(diag);
	snprintf(restore->prog, sizeof(restore->prog), "%s", prog);
	if (replace && add(restore, &flush, &line, diag))
		return -1;
	end = restore->text + len;
	for (text = restore->text; text < end; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			newline = end;
		line.number++;
		if (memchr(text, '\0', (size_t)(newline - text)))
			return diag_set(diag, EXIT_USAGE,
					"unexpected NUL character\nline %zu: %s",
					line.number, text);
		line.text = trim(text, newline);
		if (parse_line(restore, &line, resolver, diag))
			return -1;
	}
	return 0;
}

void restore_free(struct restore *restore)
{
	free(restore->text);
	free(restore->copy);
	free(restore->ops);
	free(restore->lines);
	*restore = (struct restore){ 0 };
}

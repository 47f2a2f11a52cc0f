// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: the names that schedulers give to the flags of a service. */
#include "schedflags.h"

#include <string.h>

#include <linux/nf_vs.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct schedflag {
	const char *name;
	const char *sched;	/* whose name it is; NULL: any scheduler's */
	uint32_t flag;
};

/* A scheduler's own names come before those for all. */
static const struct schedflag names[] = {
	{ "sh-fallback", "sh", NFVS_SVC_SCHED1 },
	{ "sh-port", "sh", NFVS_SVC_SCHED2 },
	{ "mh-fallback", "mh", NFVS_SVC_SCHED1 },
	{ "mh-port", "mh", NFVS_SVC_SCHED2 },
	{ "flag-1", NULL, NFVS_SVC_SCHED1 },
	{ "flag-2", NULL, NFVS_SVC_SCHED2 },
	{ "flag-3", NULL, NFVS_SVC_SCHED3 },
};

static const struct schedflag *find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len &&
		    !memcmp(names[i].name, name, len))
			return &names[i];
	return NULL;
}

enum schedflags_result schedflags_parse(const char *text, const char *sched,
					uint32_t *flags, const char **wrong,
					size_t *len)
{
	const struct schedflag *found;

	/* Commas too many do no harm. */
	for (text += strspn(text, ","); *text; text += strspn(text, ",")) {
		*wrong = text;
		*len = strcspn(text, ",");
		found = find(text, *len);
		if (!found)
			return SCHEDFLAGS_UNKNOWN;
		if (found->sched && strcmp(found->sched, sched))
			return SCHEDFLAGS_INCOMPATIBLE;
		*flags |= found->flag;
		text += *len;
	}
	return SCHEDFLAGS_OK;
}

void schedflags_text(const char *sched, uint32_t flags, char *text)
{
	size_t i;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].flag) ||
		    (names[i].sched && strcmp(names[i].sched, sched)))
			continue;
		flags &= ~names[i].flag;
		if (*text)
			strcat(text, ",");
		strcat(text, names[i].name);
	}
}

const char *schedflags_name(size_t i)
{
	return i < ARRAY_SIZE(names) ? names[i].name : NULL;
}

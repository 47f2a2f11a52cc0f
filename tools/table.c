// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: the services and destinations of a namespace, as listed. */
#include "table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOAD_TRIES = 16,
	FIRST_ROOM = 8,
};

/* Make room for one more element; doubling keeps appending linear. */
static int grow(void **array, size_t *room, size_t used, size_t size)
{
	size_t more = *room ? 2 * *room : FIRST_ROOM;
	void *bigger;

	if (used < *room)
		return 0;
	bigger = reallocarray(*array, more, size);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*room = more;
	return 0;
}

int table_add_service(struct table *table, const struct nfvs_service *svc)
{
	void *array = table->services;
	int ret = grow(&array, &table->room, table->n_services,
		       sizeof(*table->services));

	table->services = array;
	if (ret)
		return ret;
	table->services[table->n_services++] =
		(struct table_service){ .svc = *svc };
	return 0;
}

int table_add_dest(struct table_service *entry, const struct nfvs_dest *dest)
{
	void *array = entry->dests;
	int ret = grow(&array, &entry->room, entry->n_dests,
		       sizeof(*entry->dests));

	entry->dests = array;
	if (ret)
		return ret;
	entry->dests[entry->n_dests++] = *dest;
	return 0;
}

void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->n_services; i++)
		free(table->services[i].dests);
	free(table->services);
	*table = (struct table){ 0 };
}

static int on_service(const struct nfvs_service *svc, void *arg)
{
	return table_add_service(arg, svc);
}

static int on_dest(const struct nfvs_dest *dest, void *arg)
{
	return table_add_dest(arg, dest);
}

static int no_memory(struct nfvs_error *err)
{
	*err = (struct nfvs_error){ .errnum = ENOMEM, .op = -1 };
	return -ENOMEM;
}

/*
 * All parts of a listing must show one generation of the configuration. No
 * destinations come with no generation, but the service has told their number.
 */
static void merge(struct nfvs_dump *whole, const struct nfvs_dump *part,
		  const struct table_service *entry)
{
	if (part->interrupted || entry->n_dests != entry->svc.dest_count ||
	    (whole->has_generation && part->has_generation &&
	     whole->generation != part->generation))
		whole->interrupted = true;
	if (part->has_generation) {
		whole->has_generation = true;
		whole->generation = part->generation;
	}
}

static int load_once(struct table *table, struct nfvs_sock *sock,
		     const struct nfvs_service *only, struct nfvs_dump *whole,
		     struct nfvs_error *err)
{
	struct nfvs_service svc;
	struct nfvs_dump part;
	size_t i;
	int ret;

	*whole = (struct nfvs_dump){ 0 };
	if (only) {
		ret = nfvs_get_service(sock, only, &svc, err);
		if (!ret && table_add_service(table, &svc))
			ret = no_memory(err);
	} else {
		ret = nfvs_dump_services(sock, on_service, table, whole, err);
	}
	for (i = 0; !ret && !whole->interrupted && i < table->n_services; i++) {
		ret = nfvs_dump_dests(sock, &table->services[i].svc, on_dest,
				      &table->services[i], &part, err);
		/* Listed a moment ago, gone by now: a change as any other. */
		if (ret == -ESRCH) {
			part.interrupted = true;
			ret = 0;
		}
		if (!ret)
			merge(whole, &part, &table->services[i]);
	}
	return ret;
}

int table_load(struct table *table, struct nfvs_sock *sock,
	       const struct nfvs_service *only, bool sorted,
	       struct nfvs_error *err)
{
	struct nfvs_dump whole;
	int ret, try = 0;

	do {
		table_free(table);
		ret = load_once(table, sock, only, &whole, err);
		if (ret)
			return ret;
	} while (whole.interrupted && ++try < LOAD_TRIES);
	table->torn = whole.interrupted;
	return sorted && table_sort(table) ? no_memory(err) : 0;
}

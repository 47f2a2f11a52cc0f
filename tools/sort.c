// SPDX-License-Identifier: GPL-2.0-only
/* nfvsadm: the order of lists. */
#include "sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "table.h"

/*
 * The order is ipvsadm's on purpose, because people compare listings: numbers
 * are compared by the sign of their 32-bit difference, so that two addresses
 * or marks more than 2^31 apart are listed the wrong way round (200.0.0.1
 * before 10.0.0.1), and a destination of another family counts by its first
 * 32 bits. That is no consistent order: a < b < c < a exists.
 * qsort() promises nothing then, hence the merge sort below, which ends and
 * stays inside the array whatever the comparison says. It splits and prefers
 * the left as the C library's does, so also such lists come out the same.
 */
static int cmp_u32(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static uint32_t word(const union nfvs_ip *ip, int i)
{
	uint32_t be;

	memcpy(&be, ip->bytes + 4 * i, sizeof(be));
	return ntohl(be);
}

static int cmp_ip(uint8_t af_a, const union nfvs_ip *a, uint8_t af_b,
		  const union nfvs_ip *b)
{
	int words = af_a == AF_INET6 && af_b == AF_INET6 ? 4 : 1;
	int i, ret = 0;

	for (i = 0; i < words && !ret; i++)
		ret = cmp_u32(word(a, i), word(b, i));
	return ret;
}

int sort_cmp_services(const struct nfvs_service *a,
		      const struct nfvs_service *b)
{
	int ret = cmp_u32(a->fwmark, b->fwmark);

	if (!ret)
		ret = a->af - b->af;
	if (!ret)
		ret = a->proto - b->proto;
	if (!ret)
		ret = cmp_ip(a->af, &a->addr, b->af, &b->addr);
	return ret ? ret : a->port - b->port;
}

int sort_cmp_dests(const struct nfvs_dest *a, const struct nfvs_dest *b)
{
	int ret = cmp_ip(a->af, &a->addr, b->af, &b->addr);

	return ret ? ret : a->port - b->port;
}

typedef int cmp_fn(const void *a, const void *b);

/* Sort n elements of items, with as many of spare as scratch room. */
static void merge_sort(char *items, size_t n, size_t size, cmp_fn *cmp,
		       char *spare)
{
	size_t n_left = n / 2, n_right = n - n_left;
	char *left = items, *right = items + n_left * size;
	char *out = spare;

	if (n < 2)
		return;
	merge_sort(left, n_left, size, cmp, spare);
	merge_sort(right, n_right, size, cmp, spare);
	while (n_left && n_right) {
		if (cmp(left, right) <= 0) {
			memcpy(out, left, size);
			left += size;
			n_left--;
		} else {
			memcpy(out, right, size);
			right += size;
			n_right--;
		}
		out += size;
	}
	/* What is left on the right is in its place already. */
	memcpy(out, left, n_left * size);
	memcpy(items, spare, (n - n_right) * size);
}

static int sort(void *items, size_t n, size_t size, cmp_fn *cmp)
{
	void *spare;

	if (n < 2)
		return 0;
	spare = calloc(n, size);
	if (!spare)
		return -ENOMEM;
	merge_sort(items, n, size, cmp, spare);
	free(spare);
	return 0;
}

static int cmp_entries(const void *a, const void *b)
{
	const struct table_service *one = a, *other = b;

	return sort_cmp_services(&one->svc, &other->svc);
}

static int cmp_dests(const void *a, const void *b)
{
	return sort_cmp_dests(a, b);
}

int table_sort(struct table *table)
{
	size_t i;
	int ret = sort(table->services, table->n_services,
		       sizeof(*table->services), cmp_entries);

	for (i = 0; !ret && i < table->n_services; i++)
		ret = sort(table->services[i].dests,
			   table->services[i].n_dests,
			   sizeof(*table->services[i].dests), cmp_dests);
	return ret;
}

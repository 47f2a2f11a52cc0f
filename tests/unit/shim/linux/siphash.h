/* SPDX-License-Identifier: GPL-2.0-only */
/* SipHash-1-3 (Aumasson, Bernstein 2012) for user space: the kernel's hsiphash. */
#ifndef SHIM_SIPHASH_H
#define SHIM_SIPHASH_H

#include <string.h>

#include "kernel_shim.h"

#ifndef __force
#define __force
#endif

typedef struct {
	unsigned long key[2];
} hsiphash_key_t;

static inline u64 shim_rotl(u64 x, int n)
{
	return x << n | x >> (64 - n);
}

static inline void shim_sip_round(u64 v[4])
{
	v[0] += v[1];
	v[1] = shim_rotl(v[1], 13) ^ v[0];
	v[0] = shim_rotl(v[0], 32);
	v[2] += v[3];
	v[3] = shim_rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = shim_rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = shim_rotl(v[1], 17) ^ v[2];
	v[2] = shim_rotl(v[2], 32);
}

static inline u32 hsiphash(const void *data, size_t len, const hsiphash_key_t *key)
{
	u64 v[4] = {
		key->key[0] ^ 0x736f6d6570736575ULL, key->key[1] ^ 0x646f72616e646f6dULL,
		key->key[0] ^ 0x6c7967656e657261ULL, key->key[1] ^ 0x7465646279746573ULL,
	};
	const u8 *p = data;
	size_t left = len;
	u64 m;
	int i;

	for (; left >= sizeof(m); left -= sizeof(m), p += sizeof(m)) {
		memcpy(&m, p, sizeof(m));
		v[3] ^= m;
		shim_sip_round(v);
		v[0] ^= m;
	}
	m = 0;
	memcpy(&m, p, left);
	m |= (u64)len << 56;
	v[3] ^= m;
	shim_sip_round(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		shim_sip_round(v);
	return (u32)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

static inline u32 hsiphash_4u32(u32 a, u32 b, u32 c, u32 d, const hsiphash_key_t *key)
{
	u32 words[4] = { a, b, c, d };

	return hsiphash(words, sizeof(words), key);
}

#endif /* SHIM_SIPHASH_H */

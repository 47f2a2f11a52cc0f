/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiplicative hashing, as the kernel does it for a word of 32 bits. */
#ifndef SHIM_LINUX_HASH_H
#define SHIM_LINUX_HASH_H

#include "kernel_shim.h"

#ifndef __force
#define __force
#endif

enum {
	SHIM_GOLDEN_RATIO_32 = 0x61C88647,
};

static inline u32 hash_32(u32 val, unsigned int bits)
{
	return val * SHIM_GOLDEN_RATIO_32 >> (32 - bits);
}

#endif

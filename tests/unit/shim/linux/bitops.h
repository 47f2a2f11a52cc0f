/* SPDX-License-Identifier: GPL-2.0-only */
/* Bits of a word, as the module's headers name them. */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <limits.h>
#include <stdint.h>

#define BITS_PER_LONG	(CHAR_BIT * (int)sizeof(long))
#define BIT(n)		(1UL << (n))
#define U8_MAX		UINT8_MAX

#endif

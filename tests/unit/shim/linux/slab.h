/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory is in kernel_shim.h. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include "kernel_shim.h"

static inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kcalloc(1, DIV_ROUND_UP(size, SHIM_CACHELINE) * SHIM_CACHELINE, gfp);
}

#endif

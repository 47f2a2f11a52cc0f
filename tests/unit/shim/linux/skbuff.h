/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module's headers want of the kernel's when pure logic includes them. */
#ifndef SHIM_LINUX_SKBUFF_H
#define SHIM_LINUX_SKBUFF_H

#include <errno.h>
#include <linux/types.h>

#include "kernel_shim.h"

#endif

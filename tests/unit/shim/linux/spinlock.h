/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks are in kernel_shim.h. */
#include "kernel_shim.h"

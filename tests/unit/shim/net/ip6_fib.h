/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv6 routes are in dst.h. */
#include <net/dst.h>

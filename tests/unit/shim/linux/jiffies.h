/* SPDX-License-Identifier: GPL-2.0-only */
/* Time stands still until a test sets it. */
#ifndef SHIM_LINUX_JIFFIES_H
#define SHIM_LINUX_JIFFIES_H

enum {
	HZ = 250,
};

static unsigned long jiffies;

static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	return (unsigned long)ms * HZ / 1000;
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* Module with planted faults: proves that the VM harness notices each of them. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

struct faulty_obj {
	u64 payload[4];
};

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "none, panic, warn, bug, hang, leak, kmemleak, taint, unpaired, slab");

static struct kmem_cache *faulty_cache;
static struct faulty_obj *faulty_obj;

static bool is_fault(const char *name)
{
	return !strcmp(fault, name);
}

/* A CPU that never schedules again: the soft lockup detector must see it. */
static int hang(void *unused)
{
	preempt_disable();
	for (;;)
		cpu_relax();
	return 0;
}

static int __init faulty_init(void)
{
	struct task_struct *task;

	faulty_cache = kmem_cache_create("nfvs_faulty", sizeof(struct faulty_obj), 0, 0, NULL);
	if (!faulty_cache)
		return -ENOMEM;
	faulty_obj = kmem_cache_zalloc(faulty_cache, GFP_KERNEL);
	if (!faulty_obj) {
		kmem_cache_destroy(faulty_cache);
		return -ENOMEM;
	}
	pr_debug("svc %p created\n", faulty_obj);

	if (is_fault("panic"))
		panic("planted panic");
	if (is_fault("bug"))
		WRITE_ONCE(*(int *)NULL, 1);
	WARN_ON_ONCE(is_fault("warn"));
	if (is_fault("taint"))
		add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	if (is_fault("kmemleak"))
		pr_debug("lost %p\n", kmalloc(1000, GFP_KERNEL));
	if (is_fault("hang")) {
		task = kthread_run(hang, NULL, "nfvs-hang");
		if (IS_ERR(task))
			pr_err("cannot start the hanging thread\n");
	}
	return 0;
}

static void __exit faulty_exit(void)
{
	if (!is_fault("unpaired"))
		pr_debug("svc %p destroyed\n", faulty_obj);
	if (!is_fault("leak"))
		kmem_cache_free(faulty_cache, faulty_obj);
	if (!is_fault("slab"))
		kmem_cache_destroy(faulty_cache);
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_DESCRIPTION("Planted faults for the tests of the VM harness");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/* Module with planted faults: proves that the VM harness notices each of them. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

struct faulty_obj {
	u64 payload[4];
};

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "what to do wrong: a name in faults[], leak, unpaired, slab or none");

static struct kmem_cache *faulty_cache;
static struct faulty_obj *faulty_obj;

static bool is_fault(const char *name)
{
	return !strcmp(fault, name);
}

static void fault_panic(void)
{
	panic("planted panic");
}

static void fault_warn(void)
{
	WARN_ON_ONCE(true);
}

static void fault_bug(void)
{
	WRITE_ONCE(*(int *)NULL, 1);
}

static void fault_taint(void)
{
	add_taint(TAINT_USER, LOCKDEP_STILL_OK);
}

/* A CPU that never schedules again: the soft lockup detector must see it. */
static int hang(void *unused)
{
	preempt_disable();
	for (;;)
		cpu_relax();
	return 0;
}

static void fault_hang(void)
{
	if (IS_ERR(kthread_run(hang, NULL, "nfvs-hang")))
		pr_err("cannot start the hanging thread\n");
}

/* ---- what only the debug kernel notices ---- */

/* Many: the address of one may lie about on some stack, and is then taken for used. */
static void fault_kmemleak(void)
{
	int i;

	for (i = 0; i < 16; i++)
		pr_debug("lost %p\n", kmalloc(1000, GFP_KERNEL));
}

static void fault_uaf(void)
{
	struct faulty_obj *obj = kmalloc(sizeof(*obj), GFP_KERNEL);

	if (!obj)
		return;
	kfree(obj);
	OPTIMIZER_HIDE_VAR(obj);
	pr_debug("read %d\n", READ_ONCE(*(u8 *)obj));
}

static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);

static void lock_both(struct mutex *a, struct mutex *b)
{
	mutex_lock(a);
	mutex_lock(b);
	mutex_unlock(b);
	mutex_unlock(a);
}

static void fault_inversion(void)
{
	lock_both(&first_lock, &second_lock);
	lock_both(&second_lock, &first_lock);
}

static struct faulty_obj __rcu *faulty_shared;

static void fault_rcu(void)
{
	pr_debug("shared %p\n", rcu_dereference(faulty_shared));
}

static DEFINE_SPINLOCK(faulty_lock);

static void fault_atomic(void)
{
	spin_lock(&faulty_lock);
	might_sleep();
	spin_unlock(&faulty_lock);
}

struct faulty_alarm {
	struct timer_list timer;
};

static void alarm(struct timer_list *unused)
{
}

static void fault_timer(void)
{
	struct faulty_alarm *a = kmalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return;
	timer_setup(&a->timer, alarm, 0);
	mod_timer(&a->timer, jiffies + 1000 * HZ);
	kfree(a);
}

static void fault_list(void)
{
	static LIST_HEAD(list);
	struct list_head entry;

	list_add(&entry, &list);
	list_del(&entry);
	list_del(&entry);
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "panic", fault_panic },
	{ "warn", fault_warn },
	{ "bug", fault_bug },
	{ "taint", fault_taint },
	{ "hang", fault_hang },
	{ "kmemleak", fault_kmemleak },
	{ "uaf", fault_uaf },
	{ "inversion", fault_inversion },
	{ "rcu", fault_rcu },
	{ "atomic", fault_atomic },
	{ "timer", fault_timer },
	{ "list", fault_list },
};

static int __init faulty_init(void)
{
	size_t i;

	faulty_cache = kmem_cache_create("nfvs_faulty", sizeof(struct faulty_obj), 0, 0, NULL);
	if (!faulty_cache)
		return -ENOMEM;
	faulty_obj = kmem_cache_zalloc(faulty_cache, GFP_KERNEL);
	if (!faulty_obj) {
		kmem_cache_destroy(faulty_cache);
		return -ENOMEM;
	}
	pr_debug("svc %p created\n", faulty_obj);

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (is_fault(faults[i].name))
			faults[i].commit();
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

#pragma once
#include <stddef.h>

// What happens when the process dies of a fatal signal and no guard watches it (docs/architecture.md, "A crash").
// Everything in here is async-signal-safe once it is installed.

/// Installs the handler of fatal signals; it calls whatever was installed before it, the Swift runtime's included.
void fatal_install(void);
/// Gives the calling thread a signal stack. Every thread that linux_start_thread starts has one.
void fatal_prepare_thread(void);
/// A packet to send on `fd` to `address` when the process dies: the ready-made priority-0 advertisement of one
/// virtual router. Replaces the earlier packet of the same `slot`; a count of 0 clears it.
void fatal_set_packet(int slot, int fd, const void *address, size_t address_count, const void *packet, size_t count);
/// A netlink message that removes one virtual address, for when the vrrp thread cannot do it itself.
void fatal_set_removal(int slot, int fd, const void *message, size_t count);
/// Names the calling thread as the vrrp thread, and the eventfd that wakes it so that it removes the addresses.
/// -1: there is none.
void fatal_set_vrrp_thread(int wake_fd);
/// Whether a fatal signal has come: the vrrp thread asks when it is woken.
int fatal_has_come(void);
/// The vrrp thread has removed the addresses; the dying thread need not wait any longer.
void fatal_addresses_removed(void);

/// Slots of packets and of removals.
#define FATAL_SLOTS 256
/// Largest packet and largest message.
#define FATAL_BYTES 4352

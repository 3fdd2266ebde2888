#define _GNU_SOURCE
#include "fatal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// A slot is written by the vrrp thread while it is not `ready`, and read by the handler only when it is.
struct slot {
    atomic_int ready;
    int fd;
    socklen_t address_count;
    size_t count;
    unsigned char address[sizeof(struct sockaddr_storage)];
    unsigned char bytes[FATAL_BYTES];
};

static struct slot packets[FATAL_SLOTS];
static struct slot removals[FATAL_SLOTS];
static atomic_int wake_fd = -1;
static atomic_long vrrp_thread = 0;
static atomic_int has_come = 0;
static atomic_int removed = 0;

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
#define SIGNALS (sizeof signals / sizeof signals[0])
static struct sigaction previous[SIGNALS];

// Longest wait for the vrrp thread.
#define REMOVAL_MILLISECONDS 100

static void send_slots(struct slot *slots) {
    for (int i = 0; i < FATAL_SLOTS; i++) {
        if (!atomic_load(&slots[i].ready)) continue;
        (void)sendto(slots[i].fd, slots[i].bytes, slots[i].count, MSG_DONTWAIT | MSG_NOSIGNAL,
                     slots[i].address_count ? (struct sockaddr *)slots[i].address : NULL, slots[i].address_count);
    }
}

static void give_addresses_up(void) {
    if (atomic_exchange(&has_come, 1)) return;  // a second thread is dying: the first one does it
    send_slots(packets);
    int wake = atomic_load(&wake_fd);
    if (wake < 0) return;
    if (syscall(SYS_gettid) == atomic_load(&vrrp_thread)) {
        send_slots(removals);
        return;
    }
    uint64_t one = 1;
    (void)!write(wake, &one, sizeof one);
    struct timespec millisecond = {0, 1000000};
    for (int i = 0; i < REMOVAL_MILLISECONDS && !atomic_load(&removed); i++) nanosleep(&millisecond, NULL);
}

static void handle(int number, siginfo_t *info, void *context) {
    give_addresses_up();
    for (size_t i = 0; i < SIGNALS; i++) {
        if (signals[i] != number) continue;
        // Whoever was there before us, or the default action when we return to the faulting instruction.
        sigaction(number, &previous[i], NULL);
        if (previous[i].sa_flags & SA_SIGINFO) {
            previous[i].sa_sigaction(number, info, context);
        } else if (previous[i].sa_handler != SIG_DFL && previous[i].sa_handler != SIG_IGN) {
            previous[i].sa_handler(number);
        } else {
            raise(number);
        }
    }
}

void fatal_install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) sigaction(signals[i], &action, &previous[i]);
    fatal_prepare_thread();
}

void fatal_prepare_thread(void) {
    size_t size = 64 * 1024;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t stack = {.ss_sp = memory, .ss_size = size};
    sigaltstack(&stack, NULL);
}

static void fill(struct slot *slots, int slot, int fd, const void *address, size_t address_count, const void *bytes,
                 size_t count) {
    if (slot < 0 || slot >= FATAL_SLOTS) return;
    struct slot *to = &slots[slot];
    atomic_store(&to->ready, 0);
    if (count == 0 || count > FATAL_BYTES || address_count > sizeof slots[0].address) return;
    to->fd = fd;
    to->count = count;
    to->address_count = (socklen_t)address_count;
    if (address_count) memcpy(to->address, address, address_count);
    memcpy(to->bytes, bytes, count);
    atomic_store(&to->ready, 1);
}

void fatal_set_packet(int slot, int fd, const void *address, size_t address_count, const void *packet, size_t count) {
    fill(packets, slot, fd, address, address_count, packet, count);
}

void fatal_set_removal(int slot, int fd, const void *message, size_t count) {
    fill(removals, slot, fd, NULL, 0, message, count);
}

void fatal_set_vrrp_thread(int fd) {
    atomic_store(&vrrp_thread, fd < 0 ? 0 : syscall(SYS_gettid));
    atomic_store(&wake_fd, fd);
}

int fatal_has_come(void) { return atomic_load(&has_come); }

void fatal_addresses_removed(void) { atomic_store(&removed, 1); }

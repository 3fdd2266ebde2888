// Thin wrappers of Linux calls for the Linux module, the only one that imports this. Each returns the call's
// result, or -errno. Only prototypes here: _GNU_SOURCE in a header breaks Swift's debug builds.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fatal.h"
#include "rawsockets.h"
#include "spawn.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A socket address without the padding and byte orders of sockaddr. `bytes` holds the IP address or the path;
/// a path that begins with a zero byte is abstract.
typedef struct {
    int32_t family;  // AF_INET, AF_INET6, AF_UNIX
    uint16_t port;   // host order
    uint16_t length; // bytes used
    uint32_t scope;  // IPv6 scope id
    uint8_t bytes[108];
} linux_endpoint;

typedef struct {
    uint32_t events;
    uint64_t token;
} linux_event;

// Sockets
long linux_socket(int family, int type, int protocol);  // SOCK_CLOEXEC | SOCK_NONBLOCK are added
long linux_socketpair(int type, int descriptors[2]);
long linux_bind(int fd, const linux_endpoint *address);
long linux_connect(int fd, const linux_endpoint *address);
long linux_disconnect(int fd);
long linux_listen(int fd, int backlog);
long linux_accept(int fd, linux_endpoint *peer);
long linux_local_endpoint(int fd, linux_endpoint *out);
long linux_peer_endpoint(int fd, linux_endpoint *out);
long linux_original_destination(int fd, linux_endpoint *out);
long linux_recv(int fd, void *to, size_t count);
long linux_recv_peek(int fd, void *to, size_t count);
long linux_recv_discard(int fd, size_t count);  // MSG_TRUNC: drops received bytes
long linux_send(int fd, const void *from, size_t count, int more);
long linux_send_two(int fd, const void *first, size_t first_count, const void *second, size_t second_count, int more);
long linux_sendto(int fd, const void *from, size_t count, const linux_endpoint *to);
long linux_recvfrom(int fd, void *to, size_t count, linux_endpoint *from);
// `count` datagrams that lie one after the other in `bytes`, `lengths[i]` bytes each; returns how many left.
long linux_send_many(int fd, const void *bytes, const uint32_t *lengths, size_t count, const linux_endpoint *to);
long linux_shutdown(int fd, int how);
long linux_set_option(int fd, int level, int name, int value);
long linux_set_option_bytes(int fd, int level, int name, const void *value, size_t count);
long linux_get_option(int fd, int level, int name, int *value);
/// Some fields of struct tcp_info.
typedef struct {
    uint32_t rtt, rttvar, unacked, sacked, lost, retrans, fackets, reordering;
} linux_tcp_facts;
long linux_tcp_info(int fd, linux_tcp_facts *out);
long linux_pending_bytes(int fd);  // FIONREAD
long linux_send_descriptors(int fd, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);
long linux_recv_descriptors(int fd, void *bytes, size_t count, int *descriptors, size_t *descriptor_count);

// Descriptors and files
long linux_read(int fd, void *to, size_t count);
long linux_write(int fd, const void *from, size_t count);
long linux_close(int fd);
long linux_pipe(int descriptors[2]);  // non-blocking
long linux_set_pipe_size(int fd, int bytes);
long linux_splice(int from, int to, size_t count);  // non-blocking, SPLICE_F_MOVE
long linux_set_nonblocking(int fd);
long linux_set_cloexec(int fd, int on);
long linux_duplicate(int fd);  // close-on-exec
long linux_replace_descriptor(int fd, int with);  // `fd` then names what `with` names; close-on-exec
long linux_open(const char *path, int flags, unsigned mode);
long linux_file_kind(const char *path);  // 1 file, 2 directory, 3 socket, 4 other
// Mode and owner, links followed.
long linux_file_owner(const char *path, uint32_t *mode, uint32_t *user);
// Device and inode, links not followed.
long linux_file_stamp(const char *path, uint64_t stamp[4]);  // device, number, time, size
long linux_file_identity(const char *path, uint64_t *device, uint64_t *number);
long linux_memory_file(const char *name);
long linux_read_at(int fd, void *to, size_t count, int64_t offset);
long linux_unlink(const char *path);
long linux_rename(const char *from, const char *to);
long linux_make_directory(const char *path, unsigned mode);
long linux_chmod(const char *path, unsigned mode);
long linux_chown(const char *path, uint32_t user, uint32_t group);
long linux_change_owner(int fd, uint32_t user, uint32_t group);
// Calls `each` with the names of the directory's regular files, unsorted.
long linux_list_files(const char *path, void (*each)(const char *name, void *context), void *context);
long linux_make_fifo(const char *path, unsigned mode);
long linux_open_directory(const char *path);
long linux_read_directory(int fd, void *to, size_t count);  // bytes of linux_dirent64, 0 behind the last one
long linux_rewind(int fd);
long linux_open_beneath(int directory, const char *name);  // for reading
long linux_is_link(int directory, const char *name);       // 1 or 0
long linux_changes_create(void);                           // inotify
long linux_changes_watch(int fd, const char *directory);   // the number of the watch
long linux_changes_unwatch(int fd, int watch);

// Waiting
long linux_epoll_create(void);
long linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
long linux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
long linux_epoll_remove(int epoll, int fd);
long linux_epoll_wait(int epoll, linux_event *events, int capacity, int milliseconds);
long linux_wait_readable(int fd, int milliseconds);
long linux_wait_writable(int fd, int milliseconds);
long linux_eventfd(void);
long linux_signalfd(const int *signals, size_t count);  // blocks them for the calling thread too
long linux_read_signal(int fd);                         // the signal's number
long linux_unblock_signals(void);
int64_t linux_monotonic(void);         // nanoseconds
int64_t linux_process_time(void);      // nanoseconds of processor time that all threads took
int64_t linux_monotonic_coarse(void);  // nanoseconds, at the kernel's tick
int64_t linux_realtime(void);          // nanoseconds since 1970
void linux_local_time(int64_t seconds, int32_t out[7]);  // year, month 1-12, day, hour, minute, second, offset in minutes

// Processes, threads, privileges
long linux_start_thread(void (*body)(void *), void *context, const char *name);
long linux_wait_any(int *status);  // WNOHANG; 0 when none has ended
long linux_wait(int pid, int *status, int block);
long linux_kill(int pid, int signal);
long linux_getpid(void);
long linux_getppid(void);
uint32_t linux_getuid(void);
long linux_pidfd_open(int pid);
long linux_set_name(const char *name);
long linux_set_groups(const uint32_t *groups, size_t count);
long linux_set_group(uint32_t group);
long linux_set_user(uint32_t user);
long linux_init_groups(const char *user, uint32_t group);
long linux_chroot(const char *path);  // and chdir to /
long linux_chdir(const char *path);
long linux_keep_capabilities(int keep);
long linux_set_capabilities(uint64_t permitted, uint64_t effective);  // of the calling thread
long linux_capabilities(uint64_t *permitted);
long linux_set_realtime(int priority);  // SCHED_RR, reset on fork
long linux_descriptor_limit(uint64_t *soft, uint64_t *hard);
long linux_set_descriptor_limit(uint64_t soft, uint64_t hard);
long linux_usable_processors(void);
long linux_redirect_to_null(int fd);
long linux_user(const char *name, uint32_t *user, uint32_t *group);
long linux_group(const char *name, uint32_t *group);
long linux_hostname(char *out, size_t count);
long linux_environment(const char *name, char *out, size_t count);  // bytes of the value, -ENOENT
const char *linux_environment_entry(size_t index);  // NULL behind the last one
long linux_executable_path(char *out, size_t count);
long linux_interface_index(const char *name);
long linux_interface_name(int index, char *out, size_t count);  // at least IF_NAMESIZE bytes
long linux_is_terminal(int fd);
long linux_random(void *to, size_t count);
// Blocking name resolution; at most `capacity` addresses, in the resolver's order. -ENOENT: no such name.
long linux_resolve(const char *name, linux_endpoint *out, size_t capacity);
const char *linux_error_name(int error);
void linux_exit(int status);
// 1: crypt(3) makes the hash of the password; 0: not.
long linux_password_fits(const char *password, const char *hash);
long linux_set_type_of_service(int fd, int value);
long linux_resident_bytes(void);

#ifdef __cplusplus
}
#endif

#define _GNU_SOURCE
#include "CLinux.h"

#include <crypt.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESULT(call)                         \
    ({                                       \
        long result_ = (long)(call);         \
        result_ < 0 ? -(long)errno : result_; \
    })
// For calls that a signal may interrupt.
#define RETRY(call)                                       \
    ({                                                    \
        long retried_;                                    \
        do retried_ = (long)(call);                       \
        while (retried_ < 0 && errno == EINTR);           \
        retried_ < 0 ? -(long)errno : retried_;           \
    })

static socklen_t to_sockaddr(const linux_endpoint *from, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (from->family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(from->port);
        memcpy(&v4->sin_addr, from->bytes, 4);
        return sizeof *v4;
    }
    if (from->family == AF_INET6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(from->port);
        v6->sin6_scope_id = from->scope;
        memcpy(&v6->sin6_addr, from->bytes, 16);
        return sizeof *v6;
    }
    struct sockaddr_un *un = (struct sockaddr_un *)to;
    un->sun_family = AF_UNIX;
    size_t length = from->length < sizeof un->sun_path ? from->length : sizeof un->sun_path;
    memcpy(un->sun_path, from->bytes, length);
    // A path ends in a zero byte; an abstract name fills the whole field, as HAProxy binds it.
    if (length > 0 && un->sun_path[0] == 0) return sizeof *un;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (length < sizeof un->sun_path));
}

static void from_sockaddr(const struct sockaddr_storage *from, socklen_t size, linux_endpoint *to) {
    memset(to, 0, sizeof *to);
    to->family = from->ss_family;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        to->port = ntohs(v4->sin_port);
        to->length = 4;
        memcpy(to->bytes, &v4->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        to->port = ntohs(v6->sin6_port);
        to->length = 16;
        to->scope = v6->sin6_scope_id;
        memcpy(to->bytes, &v6->sin6_addr, 16);
    } else if (from->ss_family == AF_UNIX && size > offsetof(struct sockaddr_un, sun_path)) {
        const struct sockaddr_un *un = (const struct sockaddr_un *)from;
        size_t length = size - offsetof(struct sockaddr_un, sun_path);
        if (length > sizeof to->bytes) length = sizeof to->bytes;
        memcpy(to->bytes, un->sun_path, length);
        to->length = (uint16_t)(un->sun_path[0] ? strnlen(un->sun_path, length) : length);
    }
}

// MARK: Sockets

long linux_socket(int family, int type, int protocol) {
    return RESULT(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}
long linux_socketpair(int type, int descriptors[2]) {
    return RESULT(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, descriptors));
}
long linux_bind(int fd, const linux_endpoint *address) {
    struct sockaddr_storage storage;
    socklen_t size = to_sockaddr(address, &storage);
    return RESULT(bind(fd, (struct sockaddr *)&storage, size));
}
long linux_connect(int fd, const linux_endpoint *address) {
    struct sockaddr_storage storage;
    socklen_t size = to_sockaddr(address, &storage);
    return RETRY(connect(fd, (struct sockaddr *)&storage, size));
}
// The socket forgets its connection, which is reset, and can be connected again.
long linux_disconnect(int fd) {
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    return RETRY(connect(fd, &nowhere, sizeof nowhere));
}
long linux_listen(int fd, int backlog) { return RESULT(listen(fd, backlog)); }
long linux_accept(int fd, linux_endpoint *peer) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    long result = RETRY(syscall(SYS_accept4, fd, &storage, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (result >= 0) from_sockaddr(&storage, size, peer);
    return result;
}
long linux_local_endpoint(int fd, linux_endpoint *out) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    long result = RESULT(getsockname(fd, (struct sockaddr *)&storage, &size));
    if (result >= 0) from_sockaddr(&storage, size, out);
    return result;
}
long linux_peer_endpoint(int fd, linux_endpoint *out) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    long result = RESULT(getpeername(fd, (struct sockaddr *)&storage, &size));
    if (result >= 0) from_sockaddr(&storage, size, out);
    return result;
}
long linux_original_destination(int fd, linux_endpoint *out) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    long result = RESULT(getsockopt(fd, SOL_IP, SO_ORIGINAL_DST, &storage, &size));
    if (result >= 0) from_sockaddr(&storage, size, out);
    return result;
}
// The hot calls go to the kernel without glibc's wrappers: those switch thread cancellation on and off around each
// call, which we never use and which costs more than the wrapper's own work.
long linux_recv(int fd, void *to, size_t count) {
    return RETRY(syscall(SYS_recvfrom, fd, to, count, MSG_DONTWAIT, NULL, NULL));
}
long linux_recv_peek(int fd, void *to, size_t count) {
    return RETRY(recv(fd, to, count, MSG_DONTWAIT | MSG_PEEK));
}
long linux_recv_discard(int fd, size_t count) {
    return RETRY(recv(fd, NULL, count, MSG_DONTWAIT | MSG_TRUNC));
}
long linux_send(int fd, const void *from, size_t count, int more) {
    return RETRY(syscall(
        SYS_sendto, fd, from, count, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0), NULL, 0));
}
long linux_send_two(int fd, const void *first, size_t first_count, const void *second, size_t second_count, int more) {
    struct iovec parts[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return RETRY(syscall(
        SYS_sendmsg, fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
}
long linux_sendto(int fd, const void *from, size_t count, const linux_endpoint *to) {
    struct sockaddr_storage storage;
    socklen_t size = to_sockaddr(to, &storage);
    return RETRY(sendto(fd, from, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&storage, size));
}
long linux_recvfrom(int fd, void *to, size_t count, linux_endpoint *from) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    long result = RETRY(recvfrom(fd, to, count, MSG_DONTWAIT, (struct sockaddr *)&storage, &size));
    if (result >= 0) from_sockaddr(&storage, size, from);
    return result;
}
#define MANY 64
long linux_send_many(int fd, const void *bytes, const uint32_t *lengths, size_t count, const linux_endpoint *to) {
    struct mmsghdr messages[MANY];
    struct iovec parts[MANY];
    struct sockaddr_storage storage;
    socklen_t size = to ? to_sockaddr(to, &storage) : 0;
    const char *at = bytes;
    size_t done = 0;
    while (done < count) {
        size_t batch = count - done < MANY ? count - done : MANY;
        memset(messages, 0, batch * sizeof messages[0]);
        for (size_t i = 0; i < batch; i++) {
            parts[i] = (struct iovec){(void *)at, lengths[done + i]};
            at += lengths[done + i];
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            messages[i].msg_hdr.msg_name = to ? &storage : NULL;
            messages[i].msg_hdr.msg_namelen = size;
        }
        long sent = RETRY(sendmmsg(fd, messages, (unsigned)batch, MSG_DONTWAIT | MSG_NOSIGNAL));
        if (sent < 0) return done ? (long)done : sent;
        done += (size_t)sent;
        if ((size_t)sent < batch) break;
    }
    return (long)done;
}
long linux_shutdown(int fd, int how) { return RESULT(shutdown(fd, how)); }
long linux_set_option(int fd, int level, int name, int value) {
    return RESULT(setsockopt(fd, level, name, &value, sizeof value));
}
long linux_set_option_bytes(int fd, int level, int name, const void *value, size_t count) {
    return RESULT(setsockopt(fd, level, name, value, (socklen_t)count));
}
long linux_get_option(int fd, int level, int name, int *value) {
    socklen_t size = sizeof *value;
    return RESULT(getsockopt(fd, level, name, value, &size));
}
long linux_tcp_info(int fd, linux_tcp_facts *out) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    long result = RESULT(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
    if (result < 0) return result;
    *out = (linux_tcp_facts){info.tcpi_rtt,  info.tcpi_rttvar,  info.tcpi_unacked, info.tcpi_sacked,
                             info.tcpi_lost, info.tcpi_retrans, info.tcpi_fackets, info.tcpi_reordering};
    return result;
}
long linux_pending_bytes(int fd) {
    int count = 0;
    long result = RESULT(ioctl(fd, FIONREAD, &count));
    return result < 0 ? result : count;
}
#define DESCRIPTORS 250  // SCM_MAX_FD is 253
long linux_send_descriptors(int fd, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count) {
    if (descriptor_count > DESCRIPTORS) return -EINVAL;
    union {
        char space[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > 0) {
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, descriptor_count * sizeof(int));
    }
    return RETRY(sendmsg(fd, &message, MSG_NOSIGNAL));
}
long linux_recv_descriptors(int fd, void *bytes, size_t count, int *descriptors, size_t *descriptor_count) {
    union {
        char space[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {bytes, count};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    size_t capacity = *descriptor_count;
    *descriptor_count = 0;
    long result = RETRY(recvmsg(fd, &message, MSG_CMSG_CLOEXEC));
    if (result < 0) return result;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t got = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < got; i++) {
            int received;
            memcpy(&received, CMSG_DATA(header) + i * sizeof(int), sizeof received);
            if (*descriptor_count < capacity) descriptors[(*descriptor_count)++] = received;
            else close(received);
        }
    }
    return result;
}

// MARK: Descriptors and files

long linux_read(int fd, void *to, size_t count) { return RETRY(read(fd, to, count)); }
long linux_write(int fd, const void *from, size_t count) { return RETRY(write(fd, from, count)); }
long linux_close(int fd) { return RESULT(syscall(SYS_close, fd)); }
long linux_pipe(int descriptors[2]) { return RESULT(pipe2(descriptors, O_CLOEXEC | O_NONBLOCK)); }
long linux_set_pipe_size(int fd, int bytes) { return RESULT(fcntl(fd, F_SETPIPE_SZ, bytes)); }
long linux_splice(int from, int to, size_t count) {
    return RETRY(splice(from, NULL, to, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}
long linux_set_nonblocking(int fd) {
    long flags = RESULT(fcntl(fd, F_GETFL));
    return flags < 0 ? flags : RESULT(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}
long linux_set_cloexec(int fd, int on) { return RESULT(fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0)); }
long linux_duplicate(int fd) { return RESULT(fcntl(fd, F_DUPFD_CLOEXEC, 3)); }
long linux_replace_descriptor(int fd, int with) { return RETRY(dup3(with, fd, O_CLOEXEC)); }
long linux_open(const char *path, int flags, unsigned mode) {
    return RETRY(open(path, flags | O_CLOEXEC, mode));
}
long linux_file_kind(const char *path) {
    struct stat status;
    long result = RESULT(stat(path, &status));
    if (result < 0) return result;
    return S_ISREG(status.st_mode) ? 1 : S_ISDIR(status.st_mode) ? 2 : S_ISSOCK(status.st_mode) ? 3 : 4;
}
long linux_file_owner(const char *path, uint32_t *mode, uint32_t *user) {
    struct stat status;
    long result = RESULT(stat(path, &status));
    if (result < 0) return result;
    *mode = status.st_mode;
    *user = status.st_uid;
    return 0;
}
long linux_file_stamp(const char *path, uint64_t stamp[4]) {
    struct stat status;
    long result = RESULT(stat(path, &status));
    if (result < 0) return result;
    if (!S_ISREG(status.st_mode)) return -EINVAL;
    stamp[0] = status.st_dev;
    stamp[1] = status.st_ino;
    stamp[2] = (uint64_t)status.st_mtim.tv_sec * 1000000000u + (uint64_t)status.st_mtim.tv_nsec;
    stamp[3] = (uint64_t)status.st_size;
    return 0;
}
long linux_file_identity(const char *path, uint64_t *device, uint64_t *number) {
    struct stat status;
    long result = RESULT(lstat(path, &status));
    if (result < 0) return result;
    *device = status.st_dev;
    *number = status.st_ino;
    return 0;
}
long linux_memory_file(const char *name) { return RESULT(memfd_create(name, MFD_CLOEXEC)); }
long linux_read_at(int fd, void *to, size_t count, int64_t offset) { return RETRY(pread(fd, to, count, offset)); }
long linux_unlink(const char *path) { return RESULT(unlink(path)); }
long linux_rename(const char *from, const char *to) { return RESULT(rename(from, to)); }
long linux_make_directory(const char *path, unsigned mode) { return RESULT(mkdir(path, mode)); }
long linux_chmod(const char *path, unsigned mode) { return RESULT(chmod(path, mode)); }
long linux_chown(const char *path, uint32_t user, uint32_t group) { return RESULT(chown(path, user, group)); }
long linux_change_owner(int fd, uint32_t user, uint32_t group) { return RESULT(fchown(fd, user, group)); }
long linux_make_fifo(const char *path, unsigned mode) { return RESULT(mkfifo(path, mode)); }
long linux_open_directory(const char *path) { return RESULT(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }
long linux_read_directory(int fd, void *to, size_t count) { return RESULT(syscall(SYS_getdents64, fd, to, count)); }
long linux_rewind(int fd) { return RESULT(lseek(fd, 0, SEEK_SET)); }
long linux_open_beneath(int directory, const char *name) {
    return RESULT(openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}
long linux_is_link(int directory, const char *name) {
    struct stat status;
    long result = RESULT(fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW));
    return result < 0 ? result : S_ISLNK(status.st_mode);
}
long linux_changes_create(void) { return RESULT(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)); }
long linux_changes_watch(int fd, const char *directory) {
    return RESULT(inotify_add_watch(fd, directory,
                                    IN_ONLYDIR | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
                                        IN_CLOSE_WRITE | IN_ATTRIB));
}
long linux_changes_unwatch(int fd, int watch) { return RESULT(inotify_rm_watch(fd, watch)); }
long linux_list_files(const char *path, void (*each)(const char *name, void *context), void *context) {
    DIR *directory = opendir(path);
    if (!directory) return -(long)errno;
    struct dirent *entry;
    char full[PATH_MAX];
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] == '.') continue;
        if (snprintf(full, sizeof full, "%s/%s", path, entry->d_name) >= (int)sizeof full) continue;
        struct stat status;
        if (stat(full, &status) == 0 && S_ISREG(status.st_mode)) each(entry->d_name, context);
    }
    closedir(directory);
    return 0;
}

// MARK: Waiting

long linux_epoll_create(void) { return RESULT(epoll_create1(EPOLL_CLOEXEC)); }
static long control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return RESULT(epoll_ctl(epoll, operation, fd, &event));
}
long linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}
long linux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}
long linux_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }
#define EVENTS 256
long linux_epoll_wait(int epoll, linux_event *events, int capacity, int milliseconds) {
    struct epoll_event ready[EVENTS];
    if (capacity > EVENTS) capacity = EVENTS;
    long count = RESULT(syscall(SYS_epoll_pwait, epoll, ready, capacity, milliseconds, NULL, 8));
    if (count == -EINTR) return 0;
    for (long i = 0; i < count; i++) {
        events[i].events = ready[i].events;
        events[i].token = ready[i].data.u64;
    }
    return count;
}
long linux_wait_readable(int fd, int milliseconds) {
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return RESULT(poll(&one, 1, milliseconds));
}
long linux_wait_writable(int fd, int milliseconds) {
    struct pollfd one = {.fd = fd, .events = POLLOUT};
    return RESULT(poll(&one, 1, milliseconds));
}
long linux_eventfd(void) { return RESULT(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
long linux_signalfd(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error) return -(long)error;
    return RESULT(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}
long linux_read_signal(int fd) {
    struct signalfd_siginfo info;
    long count = RETRY(read(fd, &info, sizeof info));
    return count < 0 ? count : count == sizeof info ? (long)info.ssi_signo : -EAGAIN;
}
long linux_unblock_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    return -(long)pthread_sigmask(SIG_SETMASK, &set, NULL);
}
static int64_t clock_now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
int64_t linux_monotonic(void) { return clock_now(CLOCK_MONOTONIC); }
int64_t linux_monotonic_coarse(void) { return clock_now(CLOCK_MONOTONIC_COARSE); }
int64_t linux_process_time(void) { return clock_now(CLOCK_PROCESS_CPUTIME_ID); }
int64_t linux_realtime(void) { return clock_now(CLOCK_REALTIME); }
void linux_local_time(int64_t seconds, int32_t out[7]) {
    time_t time = (time_t)seconds;
    struct tm parts;
    localtime_r(&time, &parts);
    out[0] = parts.tm_year + 1900;
    out[1] = parts.tm_mon + 1;
    out[2] = parts.tm_mday;
    out[3] = parts.tm_hour;
    out[4] = parts.tm_min;
    out[5] = parts.tm_sec;
    out[6] = (int32_t)(parts.tm_gmtoff / 60);
}

// MARK: Processes, threads, privileges

struct thread_start {
    void (*body)(void *);
    void *context;
    char name[16];
};
static void *run_thread(void *argument) {
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    // Signals are for the main thread, which reads them; those of a fault cannot be kept away.
    sigset_t all;
    sigfillset(&all);
    const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_NAME, start.name);
    fatal_prepare_thread();
    start.body(start.context);
    return NULL;
}
long linux_start_thread(void (*body)(void *), void *context, const char *name) {
    struct thread_start *start = calloc(1, sizeof *start);
    if (!start) return -ENOMEM;
    start->body = body;
    start->context = context;
    strncpy(start->name, name, sizeof start->name - 1);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, run_thread, start);
    pthread_attr_destroy(&attributes);
    if (error) free(start);
    return -(long)error;
}
long linux_wait_any(int *status) { return RETRY(waitpid(-1, status, WNOHANG)); }
long linux_wait(int pid, int *status, int block) { return RETRY(waitpid(pid, status, block ? 0 : WNOHANG)); }
long linux_kill(int pid, int signal) { return RESULT(kill(pid, signal)); }
long linux_getpid(void) { return getpid(); }
long linux_getppid(void) { return getppid(); }
uint32_t linux_getuid(void) { return geteuid(); }
long linux_pidfd_open(int pid) { return RESULT(syscall(SYS_pidfd_open, pid, 0)); }
long linux_set_name(const char *name) { return RESULT(prctl(PR_SET_NAME, name)); }
long linux_set_groups(const uint32_t *groups, size_t count) { return RESULT(setgroups(count, groups)); }
long linux_set_group(uint32_t group) { return RESULT(setresgid(group, group, group)); }
long linux_set_user(uint32_t user) { return RESULT(setresuid(user, user, user)); }
long linux_init_groups(const char *user, uint32_t group) { return RESULT(initgroups(user, group)); }
long linux_chroot(const char *path) {
    long result = RESULT(chroot(path));
    return result < 0 ? result : RESULT(chdir("/"));
}
long linux_chdir(const char *path) { return RESULT(chdir(path)); }
long linux_keep_capabilities(int keep) { return RESULT(prctl(PR_SET_KEEPCAPS, keep)); }
long linux_set_capabilities(uint64_t permitted, uint64_t effective) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, 0},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), 0}};
    return RESULT(syscall(SYS_capset, &header, data));
}
long linux_capabilities(uint64_t *permitted) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    long result = RESULT(syscall(SYS_capget, &header, data));
    *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    return result;
}
long linux_set_realtime(int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return RESULT(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters));
}
long linux_descriptor_limit(uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    long result = RESULT(getrlimit(RLIMIT_NOFILE, &limit));
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return result;
}
long linux_set_descriptor_limit(uint64_t soft, uint64_t hard) {
    struct rlimit limit = {soft, hard};
    return RESULT(setrlimit(RLIMIT_NOFILE, &limit));
}
long linux_usable_processors(void) {
    cpu_set_t set;
    long result = RESULT(sched_getaffinity(0, sizeof set, &set));
    return result < 0 ? result : CPU_COUNT(&set);
}
long linux_redirect_to_null(int fd) {
    long null = RESULT(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (null < 0) return null;
    long result = RESULT(dup2((int)null, fd));
    close((int)null);
    return result;
}
long linux_user(const char *name, uint32_t *user, uint32_t *group) {
    struct passwd *entry = getpwnam(name);
    if (!entry) return -ENOENT;
    *user = entry->pw_uid;
    *group = entry->pw_gid;
    return 0;
}
long linux_group(const char *name, uint32_t *group) {
    struct group *entry = getgrnam(name);
    if (!entry) return -ENOENT;
    *group = entry->gr_gid;
    return 0;
}
long linux_hostname(char *out, size_t count) { return RESULT(gethostname(out, count)); }
long linux_environment(const char *name, char *out, size_t count) {
    const char *value = getenv(name);
    if (!value) return -ENOENT;
    size_t length = strlen(value);
    if (length >= count) return -ENAMETOOLONG;
    memcpy(out, value, length + 1);
    return (long)length;
}
const char *linux_environment_entry(size_t index) { return environ[index]; }
long linux_executable_path(char *out, size_t count) {
    long length = RESULT(readlink("/proc/self/exe", out, count - 1));
    if (length >= 0) out[length] = 0;
    return length;
}
long linux_interface_index(const char *name) {
    unsigned index = if_nametoindex(name);
    return index ? (long)index : -(long)errno;
}
long linux_interface_name(int index, char *out, size_t count) {
    if (count < IF_NAMESIZE) return -EINVAL;
    return if_indextoname((unsigned)index, out) ? 0 : -(long)errno;
}
long linux_is_terminal(int fd) { return isatty(fd); }
long linux_random(void *to, size_t count) { return RETRY(getrandom(to, count, 0)); }
long linux_resolve(const char *name, linux_endpoint *out, size_t capacity) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int error = getaddrinfo(name, NULL, &hints, &list);
    if (error == EAI_SYSTEM) return -(long)errno;
    if (error == EAI_AGAIN) return -EAGAIN;
    if (error) return -ENOENT;
    size_t count = 0;
    for (struct addrinfo *each = list; each && count < capacity; each = each->ai_next) {
        if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
        struct sockaddr_storage storage = {0};
        memcpy(&storage, each->ai_addr, each->ai_addrlen);
        from_sockaddr(&storage, each->ai_addrlen, &out[count++]);
    }
    freeaddrinfo(list);
    return (long)count;
}
const char *linux_error_name(int error) { return strerrorname_np(error); }
void linux_exit(int status) { exit(status); }
// crypt_data is 32 KiB: too much for a thread's stack. Constant time over the hash's length.
long linux_password_fits(const char *password, const char *hash) {
    struct crypt_data *data = calloc(1, sizeof *data);
    if (!data) return -ENOMEM;
    const char *made = crypt_r(password, hash, data);
    int differs = !made || strlen(made) != strlen(hash);
    if (!differs)
        for (size_t at = 0; hash[at]; at++) differs |= made[at] ^ hash[at];
    explicit_bzero(data, sizeof *data);
    free(data);
    return !differs;
}
long linux_set_type_of_service(int fd, int value) {
    // An IPv4 client of an IPv6 socket has packets of the former: such a socket takes both.
    int six = setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
    long four = RESULT(setsockopt(fd, IPPROTO_IP, IP_TOS, &value, sizeof value));
    return six == 0 ? 0 : four;
}
long linux_resident_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return -(long)errno;
    long total = 0, resident = 0;
    int fields = fscanf(file, "%ld %ld", &total, &resident);
    fclose(file);
    return fields == 2 ? resident * sysconf(_SC_PAGESIZE) : -EIO;
}

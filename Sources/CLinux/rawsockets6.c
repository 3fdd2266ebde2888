#define _GNU_SOURCE
#include "rawsockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define VRRP 112
// As for IPv4.
#define RECEIVE_BYTES (256 * 1024)
#define PRIORITY 6
// linux/in6.h, which cannot be read beside netinet/in.h.
#define MULTICAST_ALL 29

static void set(int fd, int level, int name, int value) { (void)setsockopt(fd, level, name, &value, sizeof value); }

static long closing(int fd) {
    long error = -(long)errno;
    close(fd);
    return error;
}

static long bound(int protocol, const char *interface) {
    int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) return -(long)errno;
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) < 0) return closing(fd);
    return fd;
}

long linux_raw6_receiver(const char *interface, int index, const void *group) {
    long fd = bound(VRRP, interface);
    if (fd < 0) return fd;
    set((int)fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES);
    set((int)fd, IPPROTO_IPV6, MULTICAST_ALL, 0);
    // A raw socket gets no IPv6 header; these tell what stood in it.
    int one = 1;
    if (setsockopt((int)fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof one) < 0) return closing((int)fd);
    if (setsockopt((int)fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one) < 0) return closing((int)fd);
    if (group == NULL) return fd;
    struct ipv6_mreq request = {.ipv6mr_interface = (unsigned)index};
    memcpy(&request.ipv6mr_multiaddr, group, sizeof request.ipv6mr_multiaddr);
    if (setsockopt((int)fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof request) < 0) return closing((int)fd);
    return fd;
}

long linux_raw6_sender(const char *interface, int index) {
    // With IPPROTO_RAW every packet brings its own header, and nothing is received.
    long fd = bound(IPPROTO_RAW, interface);
    if (fd < 0) return fd;
    if (setsockopt((int)fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index) < 0) return closing((int)fd);
    set((int)fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
    set((int)fd, SOL_SOCKET, SO_PRIORITY, PRIORITY);
    return fd;
}

long linux_raw6_receive(int fd, void *out, size_t capacity) {
    struct ip6_hdr header;
    if (capacity < sizeof header) return -ENOSPC;
    struct sockaddr_in6 from = {0};
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec vector = {.iov_base = (char *)out + sizeof header, .iov_len = capacity - sizeof header};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1,
                             .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(fd, &message, MSG_DONTWAIT);
    if (count < 0) return -(long)errno;
    memset(&header, 0, sizeof header);
    header.ip6_vfc = 0x60;
    header.ip6_nxt = VRRP;
    header.ip6_plen = htons((uint16_t)count);
    header.ip6_src = from.sin6_addr;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != IPPROTO_IPV6) continue;
        if (part->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo information;
            memcpy(&information, CMSG_DATA(part), sizeof information);
            header.ip6_dst = information.ipi6_addr;
        } else if (part->cmsg_type == IPV6_HOPLIMIT) {
            int limit;
            memcpy(&limit, CMSG_DATA(part), sizeof limit);
            header.ip6_hlim = (uint8_t)limit;
        }
    }
    memcpy(out, &header, sizeof header);
    return count + (long)sizeof header;
}

long linux_sockaddr6(const void *address, int index, void *out, size_t capacity) {
    struct sockaddr_in6 socket_address = {.sin6_family = AF_INET6};
    memcpy(&socket_address.sin6_addr, address, sizeof socket_address.sin6_addr);
    // Only such addresses have a zone, and the kernel refuses others that name one.
    if (IN6_IS_ADDR_LINKLOCAL(&socket_address.sin6_addr) || IN6_IS_ADDR_MC_LINKLOCAL(&socket_address.sin6_addr)) {
        socket_address.sin6_scope_id = (uint32_t)index;
    }
    if (capacity < sizeof socket_address) return -ENOSPC;
    memcpy(out, &socket_address, sizeof socket_address);
    return sizeof socket_address;
}

long linux_raw6_send(int fd, int index, const void *packet, size_t count, const void *to) {
    struct sockaddr_in6 address;
    linux_sockaddr6(to, index, &address, sizeof address);
    long result = sendto(fd, packet, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
    return result < 0 ? -(long)errno : result;
}

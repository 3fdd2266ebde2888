#define _GNU_SOURCE
#include "rawsockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VRRP 112
// Packets that may wait: a flood must not fill the memory, a pause of a second must not lose the master.
#define RECEIVE_BYTES (256 * 1024)
// TC_PRIO_CONTROL's neighbour: before everything that hosts send.
#define PRIORITY 6

// Options that cannot fail on a fresh socket of ours, or do no harm when they do.
static void set(int fd, int level, int name, int value) { (void)setsockopt(fd, level, name, &value, sizeof value); }

static long closing(int fd) {
    long error = -(long)errno;
    close(fd);
    return error;
}

static int bound(int family, int protocol, const char *interface) {
    int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) return fd;
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

long linux_raw4_receiver(const char *interface, int index, uint32_t group) {
    int fd = bound(AF_INET, VRRP, interface);
    if (fd < 0) return -(long)errno;
    set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES);
    // Groups that other programs of this host joined are not for us.
    set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    if (group == 0) return fd;
    struct ip_mreqn request = {.imr_multiaddr.s_addr = htonl(group), .imr_ifindex = index};
    if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) < 0) return closing(fd);
    return fd;
}

long linux_raw4_sender(const char *interface, int index) {
    // IPPROTO_RAW receives nothing, so that no queue fills up behind a socket that nobody reads.
    int fd = bound(AF_INET, IPPROTO_RAW, interface);
    if (fd < 0) return -(long)errno;
    int one = 1;
    struct ip_mreqn request = {.imr_ifindex = index};
    if (setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof one) < 0) return closing(fd);
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) < 0) return closing(fd);
    set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
    set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 255);
    set(fd, SOL_SOCKET, SO_PRIORITY, PRIORITY);
    return fd;
}

long linux_raw4_send(int fd, const void *packet, size_t count, uint32_t to) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(to)};
    long result = sendto(fd, packet, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
    return result < 0 ? -(long)errno : result;
}

long linux_packet_sender(void) {
    // Protocol 0: it only sends.
    long fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) set((int)fd, SOL_SOCKET, SO_PRIORITY, PRIORITY);
    return fd < 0 ? -(long)errno : fd;
}

long linux_packet_receiver(int index, uint16_t ether_type, const void *filter, size_t count) {
    // Protocol 0 receives nothing: not one packet comes before the filter.
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -(long)errno;
    struct sock_fprog program = {.len = (unsigned short)count, .filter = (struct sock_filter *)filter};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) return closing(fd);
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ether_type), .sll_ifindex = index};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return closing(fd);
    return fd;
}

long linux_send_frame(int fd, int index, const void *frame, size_t count) {
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = index, .sll_halen = ETHER_ADDR_LEN};
    if (count >= ETHER_ADDR_LEN) memcpy(address.sll_addr, frame, ETHER_ADDR_LEN);
    long result = sendto(fd, frame, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
    return result < 0 ? -(long)errno : result;
}

long linux_sockaddr4(uint32_t address, void *out, size_t capacity) {
    struct sockaddr_in socket_address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    if (capacity < sizeof socket_address) return -ENOSPC;
    memcpy(out, &socket_address, sizeof socket_address);
    return sizeof socket_address;
}

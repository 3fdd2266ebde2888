#pragma once
#include <stddef.h>
#include <stdint.h>

// Raw sockets: the VRRP wire and gratuitous ARP. Results as in CLinux.h. IPv4 addresses are in host order.

long linux_raw4_receiver(const char *interface, int index, uint32_t group);  // group 0: unicast
long linux_raw4_sender(const char *interface, int index);                    // IP_HDRINCL
long linux_raw4_send(int fd, const void *packet, size_t count, uint32_t to);
long linux_packet_sender(void);
/// Receives packets of one protocol (host order) without their Ethernet header. `filter`: struct sock_filter.
long linux_packet_receiver(int index, uint16_t ether_type, const void *filter, size_t count);
long linux_send_frame(int fd, int index, const void *frame, size_t count);
/// The sockaddr of an IPv4 address in `out`, for fatal_set_packet; returns its size.
long linux_sockaddr4(uint32_t address, void *out, size_t capacity);

// The same for IPv6; addresses are sixteen octets. A sender wants whole packets, as with IPv4.
long linux_raw6_receiver(const char *interface, int index, const void *group);  // group NULL: unicast
long linux_raw6_sender(const char *interface, int index);
/// One message in `out`, behind an IPv6 header made of what the kernel says about it.
long linux_raw6_receive(int fd, void *out, size_t capacity);
long linux_raw6_send(int fd, int index, const void *packet, size_t count, const void *to);
long linux_sockaddr6(const void *address, int index, void *out, size_t capacity);

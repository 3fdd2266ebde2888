#pragma once
#include <stddef.h>
#include <stdint.h>

// Raw sockets: the VRRP wire and gratuitous ARP. Results as in CLinux.h. IPv4 addresses are in host order.

long linux_raw4_receiver(const char *interface, int index, uint32_t group);  // group 0: unicast
long linux_raw4_sender(const char *interface, int index);                    // IP_HDRINCL
long linux_raw4_send(int fd, const void *packet, size_t count, uint32_t to);
long linux_packet_sender(void);
long linux_send_frame(int fd, int index, const void *frame, size_t count);
/// The sockaddr of an IPv4 address in `out`, for fatal_set_packet; returns its size.
long linux_sockaddr4(uint32_t address, void *out, size_t capacity);

// Counts the allocations of marked threads by standing in for the C library's allocator. Test binaries only.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif

/// From now on the calling thread's allocations are counted.
void allocation_counter_mark(void);
/// Allocations of all marked threads so far.
long allocation_counter_value(void);

#ifdef __cplusplus
}
#endif

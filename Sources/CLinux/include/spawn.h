#pragma once
#include <stddef.h>
#include <stdint.h>

/// How to start a child. Between fork and exec only spawn.c runs, never Swift.
typedef struct {
    const char *path;            // used as it is: no search, no symlink resolved
    const char *const *arguments;   // ends in NULL
    const char *const *environment; // ends in NULL
    int standard_input;          // descriptors for 0, 1, 2; -1: /dev/null
    int standard_output;
    int standard_error;
    const int *passed;           // descriptors that become 3, 4, … in the child
    size_t passed_count;
    int changes_ids;             // whether user_id, group_id and no supplementary groups are set
    uint32_t user_id;
    uint32_t group_id;
    int new_process_group;       // so that a timeout can end the child with all its children
    int new_session;             // detached from the terminal
    int dies_with_parent;        // SIGKILL when the starting thread ends
} spawn_request;

/// Starts a child with default signals, an empty signal mask and the normal scheduling class; every other
/// descriptor is closed. Returns its pid, or -errno, also when the exec failed.
long spawn_child(const spawn_request *request);

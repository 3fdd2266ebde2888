#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSED 512  // most descriptors for one child

static void fail(int report) {
    int error = errno;
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

static void child(const spawn_request *request, int report, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct sched_param normal = {0};
    (void)sched_setscheduler(0, SCHED_OTHER, &normal);
    if (request->new_session) setsid();
    else if (request->new_process_group) setpgid(0, 0);
    if (request->dies_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);  // it died before we asked
    }

    // First out of the way of 0 … 2 + passed_count, then down to their places.
    int base = 3 + (int)request->passed_count;
    int staged[3 + PASSED];
    int wanted[3] = {request->standard_input, request->standard_output, request->standard_error};
    for (int i = 0; i < 3; i++) {
        int from = wanted[i] >= 0 ? wanted[i] : open("/dev/null", O_RDWR);
        staged[i] = fcntl(from, F_DUPFD, base + 1);
        if (staged[i] < 0) fail(report);
    }
    for (size_t i = 0; i < request->passed_count; i++) {
        staged[3 + i] = fcntl(request->passed[i], F_DUPFD, base + 1);
        if (staged[3 + i] < 0) fail(report);
    }
    int moved = fcntl(report, F_DUPFD_CLOEXEC, base + 1);
    if (moved < 0) fail(report);
    for (int i = 0; i < base; i++)
        if (dup2(staged[i], i) < 0) fail(moved);
    if (dup2(moved, base) < 0) fail(moved);
    fcntl(base, F_SETFD, FD_CLOEXEC);
    syscall(SYS_close_range, (unsigned)base + 1, ~0U, 0);

    if (request->changes_ids) {
        gid_t group = request->group_id;
        if (setgroups(1, &group) < 0 || setresgid(group, group, group) < 0
            || setresuid(request->user_id, request->user_id, request->user_id) < 0)
            fail(base);
        // An id change clears the wish to die with the parent.
        if (request->dies_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    execve(request->path, (char *const *)request->arguments, (char *const *)request->environment);
    fail(base);
}

long spawn_child(const spawn_request *request) {
    if (request->passed_count > PASSED) return -EINVAL;
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -(long)errno;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        close(report[0]);
        child(request, report[1], parent);
    }
    long result = pid < 0 ? -(long)errno : pid;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (pid > 0) {
        int error = 0;
        ssize_t count;
        do count = read(report[0], &error, sizeof error);
        while (count < 0 && errno == EINTR);
        if (count == sizeof error) {
            waitpid(pid, NULL, 0);
            result = -(long)error;
        }
    }
    close(report[0]);
    return result;
}

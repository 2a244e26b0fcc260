/* Preloaded into the service by shim.rs: kill -9 in the middle of a commit.
 *
 * While the file KILL_IN_COMMIT exists, the next write to a file whose name
 * ends in "-wal" does not happen; the process is killed instead. It waits a
 * little before: an acknowledgement that was let out before the commit then
 * has the time to reach whoever waits for it, and is found out.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TIME_TO_GET_OUT_US 50000

static int is_log(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

/* SQLite writes with this call, and nobody else here does. */
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset)
{
    const char *trigger = getenv("KILL_IN_COMMIT");
    if (trigger != NULL && access(trigger, F_OK) == 0 && is_log(fd)) {
        usleep(TIME_TO_GET_OUT_US);
        kill(getpid(), SIGKILL);
    }
    return syscall(SYS_pwrite64, fd, bytes, count, offset);
}

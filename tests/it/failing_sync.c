/* Preloaded into the service by failed_sync.rs: lets one sync of the
 * write-ahead log fail, as a disk does that loses a write.
 *
 * While the file FAILING_SYNC_TRIGGER exists, the next fsync or fdatasync of a
 * file whose name ends in "-wal" fails with EIO and renames the trigger to
 * "<trigger>.done", into which it writes which bytes of the log never reached
 * the disk: "<from> <until>\n". All later syncs succeed, as on Linux: the
 * kernel tells of a lost write once and then calls the page clean.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Length of the log at its last good sync. */
static long long synced;

static int is_log(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static long long length_of(int fd)
{
    struct stat facts;
    return fstat(fd, &facts) == 0 ? (long long)facts.st_size : 0;
}

static int fails(int fd)
{
    const char *trigger = getenv("FAILING_SYNC_TRIGGER");
    char done[4096], words[64];
    if (trigger == NULL)
        return 0;
    snprintf(done, sizeof done, "%s.done", trigger);
    if (rename(trigger, done) != 0)
        return 0;
    int file = open(done, O_WRONLY | O_TRUNC);
    int length = snprintf(words, sizeof words, "%lld %lld\n", synced, length_of(fd));
    if (write(file, words, length) != length)
        abort();
    close(file);
    return 1;
}

static int sync_with(long call, int fd)
{
    if (!is_log(fd))
        return syscall(call, fd);
    if (fails(fd)) {
        errno = EIO;
        return -1;
    }
    int result = syscall(call, fd);
    if (result == 0)
        synced = length_of(fd);
    return result;
}

int fsync(int fd)
{
    return sync_with(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_with(SYS_fdatasync, fd);
}

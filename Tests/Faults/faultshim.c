// Makes the n-th change of a file below a directory fail. Loaded with LD_PRELOAD into the program under test.
//
//   FAULT_DIR     only files below this directory count (as the program names them, made absolute)
//   FAULT_COUNTER file that holds the number of calls so far, in decimal; shared by all processes of one command
//   FAULT_AT      which call fails, from 1; 0 or missing: none, calls are only counted
//   FAULT_KIND    enospc | eio | short | kill | kill-after | enospc-on | eio-on
//
// "short" writes half of the bytes and reports that; "kill" ends the process with SIGKILL before the call, "kill-after"
// after it (for writes: after half of the bytes, a torn write). The kinds with "-on" fail the n-th call and every later
// one, as a disk that stays full or broken does. Calls that count: write, pwrite, writev, pwritev, fsync, fdatasync,
// ftruncate, fallocate, rename, link, unlink, mkdir, chmod, and open with O_CREAT of a file that is not there.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, ENOSPC_ONCE, EIO_ONCE, SHORT, KILL, KILL_AFTER };

static char directory[PATH_MAX];
static const char *counter_path;
static long fault_at;
static enum kind fault_kind;
static int stays_broken;
static int counter = -1;
static int log_descriptor = -1;

__attribute__((constructor)) static void start(void) {
    const char *dir = getenv("FAULT_DIR"), *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");
    const char *log = getenv("FAULT_LOG");
    counter_path = getenv("FAULT_COUNTER");
    if (!dir || !counter_path || !realpath(dir, directory)) return;
    fault_at = at ? atol(at) : 0;
    if (!kind) kind = "";
    if (strstr(kind, "-on")) stays_broken = 1;
    if (!strncmp(kind, "enospc", 6)) fault_kind = ENOSPC_ONCE;
    else if (!strncmp(kind, "eio", 3)) fault_kind = EIO_ONCE;
    else if (!strcmp(kind, "short")) fault_kind = SHORT;
    else if (!strcmp(kind, "kill")) fault_kind = KILL;
    else if (!strcmp(kind, "kill-after")) fault_kind = KILL_AFTER;
    counter = (int)syscall(SYS_openat, AT_FDCWD, counter_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log) log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_below(const char *path) {
    size_t length = strlen(directory);
    return length && !strncmp(path, directory, length) && (path[length] == '/' || !path[length]);
}

// The directory of a path that may not exist yet, resolved.
static int path_counts(int base, const char *path) {
    char joined[PATH_MAX], parent[PATH_MAX], resolved[PATH_MAX];
    if (!*directory || !path) return 0;
    if (path[0] == '/') {
        snprintf(joined, sizeof joined, "%s", path);
    } else if (base == AT_FDCWD) {
        if (!getcwd(parent, sizeof parent)) return 0;
        if (snprintf(joined, sizeof joined, "%s/%s", parent, path) >= (int)sizeof joined) return 0;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", base);
        ssize_t count = readlink(link, parent, sizeof parent - 1);
        if (count < 0) return 0;
        parent[count] = 0;
        if (snprintf(joined, sizeof joined, "%s/%s", parent, path) >= (int)sizeof joined) return 0;
    }
    char *slash = strrchr(joined, '/');
    if (!slash) return 0;
    if (slash == joined) return is_below(joined);
    *slash = 0;
    return realpath(joined, resolved) && is_below(resolved);
}

static int descriptor_counts(int descriptor) {
    char link[64], path[PATH_MAX];
    if (!*directory || descriptor < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count <= 0) return 0;
    path[count] = 0;
    return is_below(path);
}

// Counts a call; gives the fault that it shall suffer.
static enum kind next(const char *name) {
    if (counter < 0) return NONE;
    int saved = errno;
    char text[32] = "";
    flock(counter, LOCK_EX);
    ssize_t count = syscall(SYS_pread64, counter, text, sizeof text - 1, 0);
    long number = (count > 0 ? atol(text) : 0) + 1;
    int length = snprintf(text, sizeof text, "%-20ld\n", number);
    syscall(SYS_pwrite64, counter, text, length, 0);
    flock(counter, LOCK_UN);
    if (log_descriptor >= 0) {
        length = snprintf(text, sizeof text, "%ld %s\n", number, name);
        syscall(SYS_write, log_descriptor, text, length);
    }
    errno = saved;
    if (!fault_at || number < fault_at || (number > fault_at && !stays_broken)) return NONE;
    if (fault_kind == KILL) kill(getpid(), SIGKILL);
    return fault_kind;
}

// For calls that either happen or do not.
#define WHOLE(name, counts, call)                                                                                      \
    do {                                                                                                               \
        enum kind fault = (counts) ? next(name) : NONE;                                                                \
        if (fault == ENOSPC_ONCE) { errno = ENOSPC; return -1; }                                                       \
        if (fault == EIO_ONCE || fault == SHORT) { errno = EIO; return -1; }                                           \
        __typeof__(call) result = (call);                                                                              \
        if (fault == KILL_AFTER) kill(getpid(), SIGKILL);                                                              \
        return result;                                                                                                 \
    } while (0)

// For writes, which can happen in part.
#define PART(name, descriptor, size, whole, half)                                                                      \
    do {                                                                                                               \
        enum kind fault = descriptor_counts(descriptor) ? next(name) : NONE;                                           \
        if (fault == ENOSPC_ONCE) { errno = ENOSPC; return -1; }                                                       \
        if (fault == EIO_ONCE) { errno = EIO; return -1; }                                                             \
        if (fault == SHORT && (size) > 1) return (half);                                                               \
        if (fault == KILL_AFTER) { (void)!(half); kill(getpid(), SIGKILL); }                                           \
        return (whole);                                                                                                \
    } while (0)

ssize_t write(int fd, const void *data, size_t size) {
    PART("write", fd, size, syscall(SYS_write, fd, data, size), syscall(SYS_write, fd, data, size / 2));
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    PART("pwrite", fd, size, syscall(SYS_pwrite64, fd, data, size, at),
         syscall(SYS_pwrite64, fd, data, size / 2, at));
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    PART("pwrite", fd, size, syscall(SYS_pwrite64, fd, data, size, at),
         syscall(SYS_pwrite64, fd, data, size / 2, at));
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    PART("writev", fd, count, syscall(SYS_writev, fd, parts, count), syscall(SYS_writev, fd, parts, 1));
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    PART("pwritev", fd, count, syscall(SYS_pwritev, fd, parts, count, at, 0),
         syscall(SYS_pwritev, fd, parts, 1, at, 0));
}
int fsync(int fd) { WHOLE("fsync", descriptor_counts(fd), (int)syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { WHOLE("fdatasync", descriptor_counts(fd), (int)syscall(SYS_fdatasync, fd)); }
int ftruncate(int fd, off_t size) {
    WHOLE("ftruncate", descriptor_counts(fd), (int)syscall(SYS_ftruncate, fd, size));
}
int ftruncate64(int fd, off64_t size) {
    WHOLE("ftruncate", descriptor_counts(fd), (int)syscall(SYS_ftruncate, fd, size));
}
int fallocate(int fd, int mode, off_t at, off_t size) {
    WHOLE("fallocate", descriptor_counts(fd), (int)syscall(SYS_fallocate, fd, mode, at, size));
}
int posix_fallocate(int fd, off_t at, off_t size) {
    enum kind fault = descriptor_counts(fd) ? next("fallocate") : NONE;
    if (fault == ENOSPC_ONCE) return ENOSPC;
    if (fault == EIO_ONCE || fault == SHORT) return EIO;
    return syscall(SYS_fallocate, fd, 0, at, size) ? errno : 0;
}
int rename(const char *from, const char *to) {
    WHOLE("rename", path_counts(AT_FDCWD, to), (int)syscall(SYS_rename, from, to));
}
int renameat(int fd, const char *from, int other, const char *to) {
    WHOLE("rename", path_counts(other, to), (int)syscall(SYS_renameat, fd, from, other, to));
}
int renameat2(int fd, const char *from, int other, const char *to, unsigned flags) {
    WHOLE("rename", path_counts(other, to), (int)syscall(SYS_renameat2, fd, from, other, to, flags));
}
int link(const char *from, const char *to) {
    WHOLE("link", path_counts(AT_FDCWD, to), (int)syscall(SYS_link, from, to));
}
int unlink(const char *path) { WHOLE("unlink", path_counts(AT_FDCWD, path), (int)syscall(SYS_unlink, path)); }
int unlinkat(int fd, const char *path, int flags) {
    WHOLE("unlink", path_counts(fd, path), (int)syscall(SYS_unlinkat, fd, path, flags));
}
int mkdir(const char *path, mode_t mode) {
    WHOLE("mkdir", path_counts(AT_FDCWD, path), (int)syscall(SYS_mkdir, path, mode));
}
int chmod(const char *path, mode_t mode) {
    WHOLE("chmod", path_counts(AT_FDCWD, path), (int)syscall(SYS_chmod, path, mode));
}
int fchmod(int fd, mode_t mode) { WHOLE("chmod", descriptor_counts(fd), (int)syscall(SYS_fchmod, fd, mode)); }

static int creates(int base, const char *path, int flags) {
    struct stat status;
    if (!(flags & O_CREAT) || !path_counts(base, path)) return 0;
    return syscall(SYS_newfstatat, base, path, &status, AT_SYMLINK_NOFOLLOW) != 0;
}

#define MODE(flags, mode)                                                                                              \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                           \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode = va_arg(arguments, mode_t);                                                                              \
        va_end(arguments);                                                                                             \
    }

int open(const char *path, int flags, ...) {
    MODE(flags, mode)
    WHOLE("open", creates(AT_FDCWD, path, flags), (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
int open64(const char *path, int flags, ...) {
    MODE(flags, mode)
    WHOLE("open", creates(AT_FDCWD, path, flags), (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode));
}
int openat(int base, const char *path, int flags, ...) {
    MODE(flags, mode)
    WHOLE("open", creates(base, path, flags), (int)syscall(SYS_openat, base, path, flags, mode));
}
int openat64(int base, const char *path, int flags, ...) {
    MODE(flags, mode)
    WHOLE("open", creates(base, path, flags), (int)syscall(SYS_openat, base, path, flags | O_LARGEFILE, mode));
}

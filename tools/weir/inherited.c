/* inherited: descriptors 0, 1 and 2. The rest of the table stands where it is used. */
#include "inherited.h"

#include <errno.h>
#include <fcntl.h>

/* A closed one would be given to the next file that is opened: occupied by what can do neither of
 * what it is for. */
bool inherited_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

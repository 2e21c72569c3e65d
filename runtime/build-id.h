/* The build-id of an ELF object: the GNU note of type 3 that the linker leaves in it.

   Nothing of libc's state is used, nothing is trusted: the object may vanish or be none.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BUILD_ID_H
#define PGOINLINE_RUNTIME_BUILD_ID_H

#include <stddef.h>
#include <stdint.h>

/* Of the object whose ELF header is mapped at BASE in this process.  Puts at most SIZE bytes into ID;
   returns how many, 0 if there is none.  */
size_t pgo_build_id_in_memory (uint64_t base, uint8_t *id, size_t size);

/* Of the file PATH, provided that its inode number is INODE.  */
size_t pgo_build_id_in_file (const char *path, uint64_t inode, uint8_t *id, size_t size);

#endif

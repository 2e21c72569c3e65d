/* The bytes of an XML file from anybody: looked at before they are parsed, counted, hashed.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_XML_INPUT_H
#define PGOINLINE_CORE_XML_INPUT_H

#include "core/sha256.h"
#include "core/status.h"

struct pgo_xml_input
{
  const char *path;             /* What messages name.  */
  struct pgo_status *status;
  bool failed;                  /* STATUS is filled; there are no more bytes.  */
  int fd;
  bool hash;                    /* Whether SHA, of all bytes given so far, is wanted.  */
  struct pgo_sha256 sha;
  uint64_t n_bytes;
  /* The first bytes of the file, to be given after they were looked at.  */
  char head[512];
  size_t head_used, head_given;
};

/* Open PATH ("-": standard input).  False and STATUS, which INPUT keeps, if it cannot be read or begins as
   no XML profile in UTF-8 does.  PATH must outlive INPUT.  Close it in any case.  */
bool pgo_xml_input_open (struct pgo_xml_input *input, const char *path, bool hash, struct pgo_status *status);
/* Up to SIZE bytes into BUFFER: how many, 0 at the end, -1 after a failure, which more than
   PGO_XML_INPUT_MAX bytes are.  */
int pgo_xml_input_read (struct pgo_xml_input *input, char *buffer, int size);
void pgo_xml_input_close (struct pgo_xml_input *input);

/* MESSAGE, the parser's of an error (NULL: none), as one line of text into LINE, SIZE bytes.  */
void pgo_xml_message (const char *message, char *line, size_t size);

/* Bytes of a file: an order of magnitude above the largest that are known, the profiles of 60 MB that Go
   programs have been built with.  In memory a profile is up to ten times its file.  */
#define PGO_XML_INPUT_MAX (UINT64_C (1) << 30)

#endif

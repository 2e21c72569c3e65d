/* The vocabulary of the XML profile: one table for the reader, the writer and the test that compares it
   with docs/profile.rng.  Private to core's profile files and their tests.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_PROFILE_XML_H
#define PGOINLINE_CORE_PROFILE_XML_H

#include "core/atomic-file.h"
#include "core/profile.h"

#include <stdint.h>

enum pgo_xml_attribute
{
#define PGO_XML_ATTRIBUTE(ID, TEXT) PGO_XML_##ID,
#include "core/profile-xml.def"
  PGO_XML_ATTRIBUTES
};

enum pgo_xml_element
{
#define PGO_XML_ELEMENT(ID, TEXT, PARENTS, REQUIRED, OPTIONAL) PGO_XML_ELEMENT_##ID,
#include "core/profile-xml.def"
  PGO_XML_ELEMENTS
};

/* PARENTS is a set of elements, REQUIRED and OPTIONAL are sets of attributes: bits 1 << enum.  PARENTS 0:
   the root.  */
struct pgo_xml_rule
{
  const char *name;
  uint32_t parents, required, optional;
};

extern const char *const pgo_xml_attribute_names[PGO_XML_ATTRIBUTES];
extern const struct pgo_xml_rule pgo_xml_rules[PGO_XML_ELEMENTS];

/* Write the canonical text of PROFILE (normalised) to OUT.  False and STATUS if it cannot be told in XML:
   an empty name, or a name or place longer than core/profile-text.h allows.  */
bool pgo_profile_write_xml (const struct pgo_profile *profile, struct pgo_output *out,
                            struct pgo_status *status);

/* As pgo_profile_read; ID (may be NULL) becomes the SHA-256 of the file's bytes, in hexadecimal.  */
struct pgo_profile *pgo_profile_read_id (const char *path, char id[65], struct pgo_status *status);

#endif

/* Text under construction.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef HTTP_SERVER_TEXT_H
#define HTTP_SERVER_TEXT_H

#include <stddef.h>

struct text
{
  char *bytes;
  size_t length, room;
};

/* Each adds at the end; out of memory ends the process.  */
void text_add_n (struct text *, const char *bytes, size_t n);
void text_add (struct text *, const char *string);
void text_add_number (struct text *, long number);
/* With thousands apart: 1,234,567.  */
void text_add_grouped (struct text *, long number);
/* As the text of an HTML element or attribute.  */
void text_add_html (struct text *, const char *string);
/* As a value in a URL's query.  */
void text_add_url (struct text *, const char *string);
void text_clear (struct text *);
void text_free (struct text *);

#endif

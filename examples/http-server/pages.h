/* The pages: the home page, a search, and what isn't there.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef HTTP_SERVER_PAGES_H
#define HTTP_SERVER_PAGES_H

#include "request.h"
#include "text.h"

/* Read the template from FILE.  On failure tells it on standard error, and ends the process.  */
void pages_open (const char *file);

/* The page for REQUEST into OUT; its status.  */
int pages_answer (const struct request *request, struct text *out);

#endif

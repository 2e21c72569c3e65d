/* Templates: HTML with actions in it, a small part of Go's html/template.

     {{.}} {{.Name}} {{.A.B}}       the value, escaped for HTML
     {{.Name | url}}                for a URL; also: upper, grouped (12,345)
     {{range .List}} ... {{else}} ... {{end}}
     {{if .Name}} ... {{else}} ... {{end}}
     {{with .Name}} ... {{end}}

   A name is looked up in the value at hand, then in those around it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef HTTP_SERVER_TEMPLATE_H
#define HTTP_SERVER_TEMPLATE_H

#include "text.h"
#include "value.h"

struct template;

/* SOURCE must live as long as the template.  NULL if it is malformed: then *ERROR says what, and *LINE where.  */
struct template *template_parse (const char *source, const char **error, int *line);

void template_execute (const struct template *, const struct value *value, struct text *out);

void template_free (struct template *);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/options.h"

enum kind { STRING, PPM, PERCENT, NUMBER, SWITCH, FLAG };

static bool
parse_number (const char *text, uint64_t max, uint64_t *value)
{
  char *end;
  if (!ISDIGIT (text[0]))
    return false;
  errno = 0;
  unsigned long long parsed = strtoull (text, &end, 10);
  if (*end != '\0' || errno == ERANGE || parsed > max)
    return false;
  *value = parsed;
  return true;
}

/* Store VALUE (NULL: none given) of the option KEY.  FIELD points to a member of the type of KIND.  */
static void
store (const char *key, enum kind kind, void *field, const char *value)
{
  uint64_t number;
  switch (kind)
    {
    case STRING:
      if (!value || !*value)
        error ("pgoinline: option %qs needs a value", key);
      else
        *(const char **) field = value;
      return;
    case PPM:
    case PERCENT:
      if (!value || !parse_number (value, kind == PPM ? 1000000 : 100, &number))
        error ("pgoinline: option %qs needs a number from 0 to %d, not %qs", key,
               kind == PPM ? 1000000 : 100, value ? value : "");
      else
        *(uint32_t *) field = (uint32_t) number;
      return;
    case NUMBER:
      if (!value || !parse_number (value, INT64_MAX, &number))
        error ("pgoinline: option %qs needs a number, not %qs", key, value ? value : "");
      else
        *(uint64_t *) field = number;
      return;
    case SWITCH:
      if (value && strcmp (value, "on") == 0)
        *(bool *) field = true;
      else if (value && strcmp (value, "off") == 0)
        *(bool *) field = false;
      else
        error ("pgoinline: option %qs is %<on%> or %<off%>, not %qs", key, value ? value : "");
      return;
    case FLAG:
      if (value)
        error ("pgoinline: option %qs takes no value", key);
      else
        *(bool *) field = true;
      return;
    }
}

void
pgo_parse_options (const struct plugin_name_args *args, struct pgo_options *options)
{
#define OPTION(key, kind, field, default_value, argument, help) options->field = default_value;
#include "plugin/options.def"
#undef OPTION
  for (int i = 0; i < args->argc; i++)
    {
      const char *key = args->argv[i].key, *value = args->argv[i].value;
#define OPTION(name, kind, field, default_value, argument, help) \
      if (strcmp (key, name) == 0) \
        { \
          store (key, kind, &options->field, value); \
          continue; \
        }
#include "plugin/options.def"
#undef OPTION
      error ("pgoinline: no such option: %qs", key);
    }
}

/* Is ARGUMENT, of -fplugin-arg, "PLUGIN-KEY=..." with a KEY whose value is a file?  */
static bool
names_file (const char *argument, const char *plugin)
{
  size_t length = strlen (plugin);
  if (strncmp (argument, plugin, length) != 0 || argument[length] != '-')
    return false;
  const char *given = argument + length + 1;
  size_t given_length = strcspn (given, "=");
#define OPTION(key, kind, field, default_value, value, help) \
  if (strcmp (value, "FILE") == 0 && sizeof key - 1 == given_length && strncmp (given, key, given_length) == 0) \
    return true;
#include "plugin/options.def"
#undef OPTION
  return false;
}

void
pgo_leave_paths_unrecorded (const struct plugin_name_args *plugin)
{
  /* These were acted upon already; from here on the list only serves to be written down.  */
  for (unsigned i = 0; i < save_decoded_options_count; i++)
    {
      struct cl_decoded_option *option = &save_decoded_options[i];
      if ((option->opt_index == OPT_fplugin_arg_ && names_file (option->arg, plugin->base_name))
          || (option->opt_index == OPT_fplugin_ && strcmp (option->arg, plugin->full_name) == 0))
        option->opt_index = OPT_SPECIAL_ignore;
    }
}

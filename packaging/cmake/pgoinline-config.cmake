# SPDX-License-Identifier: GPL-3.0-or-later
#[[
Profiles of pgoinline for CMake.

  find_package (pgoinline REQUIRED)
  pgoinline_use_profile (TARGET... PROFILE FILE)
    Compile the targets (C, C++, Fortran) with the profile; link them with it too, which is for
    link-time optimisation.  A profile that changes has CMake run again and the targets compiled again.
  pgoinline_add_training (NAME TARGETS TARGET... OUTPUT FILE [CALLGRIND] COMMAND COMMAND...)
    A target NAME that runs COMMAND under `pgoinline record' and makes the profile FILE of what the TARGETS
    did.

PGOINLINE_EXECUTABLE and PGOINLINE_PLUGIN say which tool and plugin, if not those that are found.
]]
find_program (PGOINLINE_EXECUTABLE pgoinline HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin"
              DOC "the tool pgoinline")
set (PGOINLINE_PLUGIN pgoinline CACHE STRING "pgoinline's plugin: a name that GCC finds, or a file")
if (NOT PGOINLINE_EXECUTABLE)
  set (pgoinline_FOUND FALSE)
  set (pgoinline_NOT_FOUND_MESSAGE "no program pgoinline: set PGOINLINE_EXECUTABLE")
  return ()
endif ()

function (pgoinline_use_profile)
  cmake_parse_arguments (PARSE_ARGV 0 arg "" "PROFILE" "")
  if (NOT arg_PROFILE OR NOT arg_UNPARSED_ARGUMENTS)
    message (FATAL_ERROR "pgoinline_use_profile (TARGET... PROFILE FILE)")
  endif ()
  get_filename_component (profile "${arg_PROFILE}" ABSOLUTE)
  # Absolute: where compilers run is the generator's choice.  It does not end up in what they make.
  execute_process (
    COMMAND "${PGOINLINE_EXECUTABLE}" flags --absolute --plugin "${PGOINLINE_PLUGIN}" --profile "${profile}"
    OUTPUT_VARIABLE flags ERROR_VARIABLE errors RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
  if (NOT status EQUAL 0)
    message (FATAL_ERROR "pgoinline: ${errors}")
  endif ()
  separate_arguments (flags UNIX_COMMAND "${flags}")
  foreach (target IN LISTS arg_UNPARSED_ARGUMENTS)
    foreach (flag IN LISTS flags)
      target_compile_options (${target} PRIVATE "$<$<COMPILE_LANG_AND_ID:C,GNU>:${flag}>"
        "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:${flag}>" "$<$<COMPILE_LANG_AND_ID:Fortran,GNU>:${flag}>")
      get_target_property (type ${target} TYPE)
      if (NOT type STREQUAL "OBJECT_LIBRARY" AND NOT type STREQUAL "STATIC_LIBRARY")
        target_link_options (${target} PRIVATE "$<$<LINK_LANG_AND_ID:C,GNU>:${flag}>"
          "$<$<LINK_LANG_AND_ID:CXX,GNU>:${flag}>" "$<$<LINK_LANG_AND_ID:Fortran,GNU>:${flag}>")
      endif ()
    endforeach ()
  endforeach ()
  set_property (DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${profile}")
endfunction ()

function (pgoinline_add_training name)
  cmake_parse_arguments (PARSE_ARGV 1 arg "CALLGRIND" "OUTPUT" "TARGETS;COMMAND")
  if (NOT arg_OUTPUT OR NOT arg_TARGETS OR NOT arg_COMMAND)
    message (FATAL_ERROR
      "pgoinline_add_training (NAME TARGETS TARGET... OUTPUT FILE [CALLGRIND] COMMAND COMMAND...)")
  endif ()
  get_filename_component (output "${arg_OUTPUT}" ABSOLUTE)
  set (samples "${CMAKE_CURRENT_BINARY_DIR}/${name}.samples")
  set (how "")
  if (arg_CALLGRIND)
    set (how --callgrind)
  endif ()
  set (binaries "")
  foreach (target IN LISTS arg_TARGETS)
    list (APPEND binaries --binary "$<TARGET_FILE:${target}>")
  endforeach ()
  add_custom_target (${name}
    COMMAND "${PGOINLINE_EXECUTABLE}" record ${how} -o "${samples}" -- ${arg_COMMAND}
    COMMAND "${PGOINLINE_EXECUTABLE}" convert "${samples}" ${binaries} -o "${output}"
    DEPENDS ${arg_TARGETS} VERBATIM)
endfunction ()

! A module, a contained procedure and arrays: relaxation on a grid.  The mean of four neighbours is the hot path;
! nothing diverges.
module relax
  implicit none
  private
  public :: sweep
contains
  subroutine sweep (grid, n, change)
    integer, intent (in) :: n
    real (8), intent (inout) :: grid(n, n)
    real (8), intent (out) :: change
    integer :: i, j
    real (8) :: next
    change = 0
    do j = 2, n - 1
      do i = 2, n - 1
        next = average (grid(i - 1, j), grid(i + 1, j), grid(i, j - 1), grid(i, j + 1))
        if (next > 1.0d6) call diverged (i, j)
        change = change + abs (next - grid(i, j))
        grid(i, j) = next
      end do
    end do
  contains
    subroutine diverged (i, j)
      integer, intent (in) :: i, j
      print *, 'diverged at', i, j, 'of', n
      next = average (next, 0.0d0, 0.0d0, 0.0d0)
    end subroutine
  end subroutine

  function average (west, east, north, south) result (mean)
    real (8), intent (in) :: west, east, north, south
    real (8) :: mean, spread
    mean = (west + east + north + south) / 4
    spread = abs (west - east) + abs (north - south)
    if (spread > 10) mean = mean + spread * 1.0d-3
    mean = mean * (1 - 1.0d-9 * spread) + 1.0d-12 * west * east - 1.0d-12 * north * south
    mean = mean + 1.0d-15 * (west - north) * (east - south) / (1 + spread)
  end function
end module

program main
  use relax
  implicit none
  integer, parameter :: n = 40
  real (8) :: grid(n, n), change
  integer :: rounds, i
  character (16) :: word
  rounds = 1
  if (command_argument_count () > 0) then
    call get_command_argument (1, word)
    read (word, *) rounds
  end if
  grid = 0
  grid(1, :) = 1
  do i = 1, rounds
    call sweep (grid, n, change)
  end do
  print '(f12.6)', sum (grid)
end program

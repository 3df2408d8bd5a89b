"""Command files of everyday work: lively, and nothing in them that a rule may call bad."""

from __future__ import annotations

from tools.corpus.detections.case import Case, script
from tools.corpus.detections.collected import scripts

_TEXTS: dict[str, str] = {
    "build.bat": r"""@echo off
setlocal enabledelayedexpansion
set CONFIG=Release
if not "%1"=="" set CONFIG=%1
for /f "usebackq tokens=*" %%i in (`"%ProgramFiles(x86)%\Microsoft Visual Studio\Installer\vswhere.exe" -latest -property installationPath`) do set VS=%%i
if not defined VS (
    echo Visual Studio was not found. 1>&2
    exit /b 1
)
call "%VS%\VC\Auxiliary\Build\vcvars64.bat" >nul
if exist build rmdir /s /q build
mkdir build && cd build
cmake -G Ninja -DCMAKE_BUILD_TYPE=%CONFIG% ..
if errorlevel 1 goto failed
ninja
if %ERRORLEVEL% neq 0 goto failed
ctest --output-on-failure || goto failed
echo Build succeeded.
exit /b 0
:failed
echo Build failed with error %ERRORLEVEL%.
exit /b %ERRORLEVEL%
""",
    "backup-robocopy.bat": r"""@echo off
rem nightly copy of the documents to the file server
set SRC=%USERPROFILE%\Documents
set DST=\\files\backup\%USERNAME%\%DATE:~-4%-%DATE:~4,2%-%DATE:~7,2%
set LOG=%TEMP%\backup.log
if not exist "%DST%" mkdir "%DST%"
robocopy "%SRC%" "%DST%" /MIR /R:2 /W:5 /NP /LOG:"%LOG%"
if %ERRORLEVEL% geq 8 (
    echo The backup had errors, see %LOG%
    pause
) else (
    echo The backup is complete.
)
""",
    "backup-xcopy.cmd": r"""@ECHO OFF
SET target=E:\Backup
IF NOT EXIST E:\ (
  ECHO The disk is not connected.
  PAUSE
  EXIT
)
FOR %%D IN (Documents Desktop Pictures) DO (
  ECHO Copying %%D ...
  XCOPY "%USERPROFILE%\%%D" "%target%\%%D" /E /I /Y /D /C /Q
)
ECHO Done at %TIME% >> "%target%\backup.log"
""",
    "install.bat": r"""@echo off
title Installing Example Tools
net session >nul 2>&1
if %errorlevel% neq 0 (
    echo Administrator rights are needed.
    powershell -Command "Start-Process '%~f0' -Verb RunAs"
    exit /b
)
set DIR=%ProgramFiles%\Example Tools
mkdir "%DIR%" 2>nul
xcopy /y /e "%~dp0files\*.*" "%DIR%\"
reg add "HKLM\SOFTWARE\Example\Tools" /v InstallDir /t REG_SZ /d "%DIR%" /f
setx /m PATH "%PATH%;%DIR%"
regsvr32 /s "%DIR%\extool.dll"
msiexec /i "%~dp0runtime.msi" /qn /norestart
echo Installation finished.
timeout /t 5
""",
    "log-rotation.bat": r"""@echo off
set LOGDIR=C:\inetpub\logs
set KEEP=30
cd /d %LOGDIR%
for %%f in (*.log) do (
    "C:\Program Files\7-Zip\7z.exe" a -tgzip "%%~nf.gz" "%%f" >nul && del "%%f"
)
forfiles /p "%LOGDIR%" /s /m *.gz /d -%KEEP% /c "cmd /c del @path"
""",
    "drives.bat": r"""@echo off
net use * /delete /yes
net use H: \\files01\home\%USERNAME% /persistent:no
net use S: \\files01\shared /persistent:no
if errorlevel 1 echo Could not connect the shared drive.
rundll32 printui.dll,PrintUIEntry /in /n \\print01\floor2
""",
    "environment.cmd": r"""@echo off
set "JAVA_HOME=C:\Program Files\Java\jdk-17"
set "MAVEN_HOME=C:\Tools\apache-maven-3.9.6"
set "PATH=%JAVA_HOME%\bin;%MAVEN_HOME%\bin;%PATH%"
set MAVEN_OPTS=-Xmx1g
java -version
call mvn -v
cmd /k
""",
    "menu.bat": r"""@echo off
:menu
cls
echo ==========================
echo  1. Show IP configuration
echo  2. Flush the DNS cache
echo  3. Restart the print spooler
echo  4. Exit
echo ==========================
choice /c 1234 /n /m "Your choice: "
if errorlevel 4 goto end
if errorlevel 3 goto spooler
if errorlevel 2 goto dns
if errorlevel 1 goto ip
goto menu
:ip
ipconfig /all | more
pause
goto menu
:dns
ipconfig /flushdns
pause
goto menu
:spooler
net stop spooler
del /q %SystemRoot%\System32\spool\PRINTERS\*.*
net start spooler
pause
goto menu
:end
exit /b 0
""",
    "cleanup.bat": r"""@echo off
echo Cleaning temporary files of %USERNAME% ...
del /f /s /q "%TEMP%\*.*" >nul 2>&1
for /d %%d in ("%TEMP%\*") do rd /s /q "%%d" 2>nul
del /q "%LOCALAPPDATA%\Microsoft\Windows\INetCache\*.*" 2>nul
rd /s /q C:\$Recycle.Bin 2>nul
cleanmgr /sagerun:1
ipconfig /flushdns
echo Done.
pause
""",
    "git-sync.cmd": r"""@echo off
setlocal
for /d %%r in (C:\src\*) do (
    pushd "%%r"
    if exist .git (
        echo === %%~nxr
        git fetch --prune && git pull --ff-only
        for /f %%c in ('git status --porcelain ^| find /c /v ""') do if not %%c==0 echo %%c changed files
    )
    popd
)
endlocal
""",
    "inventory.bat": r"""@echo off
set OUT=%USERPROFILE%\Desktop\inventory-%COMPUTERNAME%.txt
echo Inventory of %COMPUTERNAME% on %DATE% > "%OUT%"
systeminfo >> "%OUT%"
echo. >> "%OUT%"
wmic logicaldisk get name,size,freespace >> "%OUT%"
wmic product get name,version >> "%OUT%"
for /f "tokens=2 delims=:" %%a in ('ipconfig ^| findstr /i "IPv4"') do echo Address:%%a >> "%OUT%"
notepad "%OUT%"
""",
    "rename-photos.bat": r"""@echo off
setlocal enabledelayedexpansion
set n=0
for %%f in (*.jpg) do (
    set /a n+=1
    set num=00!n!
    ren "%%f" "holiday_!num:~-3!.jpg"
)
echo %n% files renamed.
""",
    "service-restart.cmd": r"""@echo off
set SVC=ExampleService
sc query %SVC% | find "RUNNING" >nul
if %errorlevel%==0 (
    echo Stopping %SVC% ...
    net stop %SVC%
    :wait
    ping -n 3 127.0.0.1 >nul
    sc query %SVC% | find "STOPPED" >nul || goto wait
)
net start %SVC%
if errorlevel 1 (echo Failed & exit /b 1)
echo %SVC% is running.
""",
    "deploy.bat": r"""@echo off
setlocal
set ENV=%~1
if "%ENV%"=="" set ENV=test
if /i "%ENV%"=="test" set HOST=web-test01
if /i "%ENV%"=="prod" set HOST=web01
echo Deploying to %HOST%
call npm ci || exit /b 1
call npm run build || exit /b 1
robocopy dist \\%HOST%\wwwroot\app /MIR /NFL /NDL
if %errorlevel% gtr 7 exit /b 1
curl -s -o nul -w "%%{http_code}" https://%HOST%.corp.example/health
""",
    "sql-dump.bat": r"""@echo off
for /f "tokens=2 delims==" %%i in ('wmic os get localdatetime /value') do set dt=%%i
set stamp=%dt:~0,8%_%dt:~8,4%
set DIR=D:\dumps
if not exist %DIR% md %DIR%
"C:\Program Files\PostgreSQL\16\bin\pg_dump.exe" -U backup -F c -f "%DIR%\shop_%stamp%.dump" shop
if errorlevel 1 (
  echo %date% %time% dump failed >> %DIR%\dump.log
  exit /b 1
)
forfiles /p %DIR% /m *.dump /d -14 /c "cmd /c del @file"
echo %date% %time% ok >> %DIR%\dump.log
""",
    "virtualenv.bat": r"""@echo off
where python >nul 2>nul
if errorlevel 1 (
  echo Python is not installed. See https://www.python.org/downloads/
  pause
  exit /b 1
)
if not exist venv\Scripts\activate.bat python -m venv venv
call venv\Scripts\activate.bat
python -m pip install --upgrade pip
pip install -r requirements.txt
python -m app %*
""",
    "csv-report.cmd": r"""@echo off
setlocal enabledelayedexpansion
set total=0
> report.txt echo Sales report
for /f "skip=1 tokens=1-3 delims=;" %%a in (sales.csv) do (
  set /a total+=%%c
  >> report.txt echo %%a  %%b  %%c
)
>> report.txt echo Total: !total!
type report.txt
copy /y report.txt "%USERPROFILE%\Documents\" >nul
""",
    "guess.bat": r"""@echo off
setlocal
set /a secret=%random% %% 100 + 1
set tries=0
:ask
set /p guess="Guess a number from 1 to 100: "
set /a tries+=1
if %guess% equ %secret% goto won
if %guess% lss %secret% echo Too low.
if %guess% gtr %secret% echo Too high.
goto ask
:won
echo Right after %tries% tries!
pause
""",
    "elevate-vbs.bat": r"""@echo off
>nul 2>&1 "%SYSTEMROOT%\system32\cacls.exe" "%SYSTEMROOT%\system32\config\system"
if '%errorlevel%' NEQ '0' (
    echo Requesting administrative privileges...
    goto UACPrompt
) else ( goto gotAdmin )
:UACPrompt
    echo Set UAC = CreateObject^("Shell.Application"^) > "%temp%\getadmin.vbs"
    echo UAC.ShellExecute "%~s0", "", "", "runas", 1 >> "%temp%\getadmin.vbs"
    "%temp%\getadmin.vbs"
    exit /B
:gotAdmin
    if exist "%temp%\getadmin.vbs" ( del "%temp%\getadmin.vbs" )
    pushd "%CD%"
    CD /D "%~dp0"
sfc /scannow
dism /online /cleanup-image /restorehealth
pause
""",
    "printers.cmd": r"""@echo off
setlocal
set SERVER=\\print01
for %%p in (Floor1 Floor2 Accounting) do (
  echo Adding %SERVER%\%%p
  cscript //nologo %windir%\System32\Printing_Admin_Scripts\en-US\prnmngr.vbs -ac -p "%SERVER%\%%p"
)
cscript //nologo %windir%\System32\Printing_Admin_Scripts\en-US\prnmngr.vbs -t -p "%SERVER%\Floor2"
""",
    "schedule.bat": r"""@echo off
rem runs the backup every night
schtasks /create /tn "Nightly backup" /tr "C:\Scripts\backup.bat" /sc daily /st 02:00 /f
if errorlevel 1 (echo The task was not made.) else (echo The task was made.)
schtasks /query /tn "Nightly backup"
""",
    "network-check.bat": r"""@echo off
setlocal
set LOG=%~dp0network.log
for %%h in (gateway.corp.example dc01 www.example.org) do (
  ping -n 2 -w 1000 %%h | find "TTL=" >nul
  if errorlevel 1 (
    echo %date% %time% %%h DOWN >> "%LOG%"
  ) else (
    echo %date% %time% %%h up >> "%LOG%"
  )
)
tracert -d -h 10 www.example.org >> "%LOG%"
nslookup www.example.org >> "%LOG%"
""",
    "firewall-rule.cmd": r"""@echo off
netsh advfirewall firewall delete rule name="Example Server" >nul
netsh advfirewall firewall add rule name="Example Server" dir=in action=allow program="C:\Program Files\Example\server.exe" enable=yes profile=domain
sc config ExampleServer start= auto
sc start ExampleServer
""",
    "unpack.bat": r"""@echo off
setlocal
set ZIP=%~1
if "%ZIP%"=="" for %%z in (*.zip) do set ZIP=%%z
if "%ZIP%"=="" (echo usage: %~nx0 file.zip & exit /b 1)
powershell -NoProfile -Command "Expand-Archive -Path '%ZIP%' -DestinationPath '%~dpn1' -Force"
dir /b "%~dpn1"
attrib -r "%~dpn1\*.*" /s
""",
}

CMD_HONEST: tuple[Case, ...] = (
    *(script(name, "batch", text) for name, text in _TEXTS.items()),
    *scripts("cmd_honest"),
)

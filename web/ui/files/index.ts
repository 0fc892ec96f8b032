// The files of notes and messages: those that are uploaded with one, and those that it has.
export { AttachButton, AttachIcon } from "./attach_button";
export { Attachments } from "./attachments";
export { useNoteFiles, type NoteFiles } from "./note_files";
export { fileTexts } from "./texts";
export { UploadList } from "./upload_list";
